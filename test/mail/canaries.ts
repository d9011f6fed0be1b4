/** Texts that exist nowhere else, put where people's mail is; and everything that comes out of an engine but the mail. */
import type { SyncOptions } from '../../src/engine/run/index.js'
import type { Probe } from '../../src/engine/track/judge.js'
import type { Fields } from '../../src/model/index.js'
import type { House, HouseOptions } from './house.js'

const mark = 'kanari'

let count = 0

/** A text that nothing else holds. */
export const canary = (where: string): string => {
  count += 1
  return `${mark}${count}x${where}`
}

const isCanary = new RegExp(`${mark}\\d+x\\w+`, 'gi')

/** The canaries in anything at all, each once. */
export const canariesIn = (value: unknown): ReadonlyArray<string> => [...new Set(textOf(value).match(isCanary) ?? [])]

/** Also what JSON leaves out: errors with their causes and stacks, maps, bytes. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => {
    if (one instanceof Error)
      return { ...one, name: one.name, message: one.message, stack: one.stack, cause: one.cause }
    if (one instanceof Map || one instanceof Set) return [...one]
    if (one instanceof Uint8Array) return Buffer.from(one).toString()
    return typeof one === 'bigint' ? String(one) : one
  }) ?? ''

/** Fields of a message that are no part of a probe, a canary in each. */
export const hiddenFields = (): Fields => ({
  body: canary('body'),
  bodyType: 'text',
  attachments: [{ name: canary('file'), type: canary('type'), data: canary('data') }],
  headers: { 'x-note': canary('header'), 'return-path': canary('path') },
  conversationIndex: canary('index'),
  references: [`<${canary('reference')}@far.test>`],
  inReplyTo: `<${canary('reply')}@far.test>`,
  replyTo: `${canary('replyTo')}@far.test`,
  importance: canary('importance'),
  note: { deep: [{ deeper: canary('deep') }] }
})

/** Whatever a host may log, show to an operator or send on. Probes stand apart. */
export class Sinks {
  readonly said: Array<unknown> = []
  readonly probes: Array<Probe> = []

  readonly options: SyncOptions = {
    onProgress: (progress) => this.said.push(progress),
    onProbe: (probe) => this.probes.push(probe)
  }

  readonly log: NonNullable<HouseOptions['log']> = (entry) => this.said.push(entry)

  /** One cycle; what it throws is caught and told too. */
  async sync(house: House, id: string): Promise<void> {
    try {
      this.said.push(await house.engine(id).plan(id), await house.engine(id).sync(id, this.options))
    } catch (thrown) {
      this.said.push(thrown)
      house.forget(id)
    }
  }

  /** What the engine answers about every item and every record. */
  async explain(house: House, id: string): Promise<void> {
    const engine = house.engine(id)
    for (const { ref } of house.box(id).all())
      this.said.push(await engine.explain(id, 'mail', ref), await engine.status(id, ref))
    for (const { ref } of house.records.host.all()) this.said.push(await engine.explain(id, 'record', ref))
    this.said.push(await engine.conflicts(id))
  }
}
