/**
 * The tree of 3.10, as the set of nodes that a condition holds. A circle is walked once; nothing is above or under
 * itself.
 */
export interface Tree {
  readonly [id: string]: string
}

/** Ancestors of a node, itself not. */
export const above = (tree: Tree, node: string): Set<string> => {
  const met = new Set<string>()
  let at = parentOf(tree, node)
  while (at !== undefined && !met.has(at)) {
    met.add(at)
    at = parentOf(tree, at)
  }
  met.delete(node)
  return met
}

const parentOf = (tree: Tree, node: string): string | undefined => {
  const parent = Object.hasOwn(tree, node) ? tree[node] : undefined
  return typeof parent === 'string' && parent !== '' ? parent : undefined
}

/** Nodes that have the node as an ancestor, itself not. */
export const under = (tree: Tree, node: string): Set<string> => {
  const children = childrenOf(tree)
  const met = new Set<string>()
  const open = [node]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of children.get(at) ?? []) {
      if (met.has(child)) continue
      met.add(child)
      open.push(child)
    }
  }
  met.delete(node)
  return met
}

const childrenOf = (tree: Tree): ReadonlyMap<string, ReadonlyArray<string>> => {
  const children = new Map<string, Array<string>>()
  for (const child of Object.keys(tree)) {
    const parent = parentOf(tree, child)
    if (parent === undefined) continue
    const standing = children.get(parent)
    if (standing === undefined) children.set(parent, [child])
    else standing.push(child)
  }
  return children
}
