/**
 * The io-ts doors that hosts may use themselves. The entry `liaison/codecs`, and the only one that holds io-ts beside
 * the engine's own.
 */
export { fieldAccessFaults, type SettingsFault, settingsFaults } from './engine/settings.codec.js'
