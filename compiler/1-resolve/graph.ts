// Graphs of declarations: strongly connected components and a shortest cycle through a node, for ordering and for
// messages that show the way round.

/** Strongly connected components, each component before those that lead to it (successors first). Nodes are 0 … size-1.
 *  Iterative. Source: Tarjan, SIAM J. Comput. 1(2), 1972. */
export function components(size: number, next: (node: number) => readonly number[]): number[][] {
  const order = new Array<number>(size).fill(-1);
  const low = new Array<number>(size).fill(0);
  const onStack = new Array<boolean>(size).fill(false);
  const stack: number[] = [];
  const found: number[][] = [];
  let count = 0;
  for (let root = 0; root < size; root++) {
    if (order[root] !== -1) continue;
    const work: { node: number; edges: readonly number[]; at: number }[] = [];
    const enter = (node: number): void => {
      order[node] = low[node] = count++;
      stack.push(node);
      onStack[node] = true;
      work.push({ node, edges: next(node), at: 0 });
    };
    enter(root);
    while (work.length > 0) {
      const top = work[work.length - 1]!;
      if (top.at < top.edges.length) {
        const to = top.edges[top.at++]!;
        if (order[to] === -1) enter(to);
        else if (onStack[to]) low[top.node] = Math.min(low[top.node]!, order[to]!);
        continue;
      }
      work.pop();
      const parent = work[work.length - 1];
      if (parent !== undefined) low[parent.node] = Math.min(low[parent.node]!, low[top.node]!);
      if (low[top.node] !== order[top.node]) continue;
      const component: number[] = [];
      for (;;) {
        const node = stack.pop()!;
        onStack[node] = false;
        component.push(node);
        if (node === top.node) break;
      }
      found.push(component.sort((a, b) => a - b));
    }
  }
  return found;
}

/** Nodes of a shortest way from `start` back to itself, `start` first and last; null when there is none. */
export function cycleThrough(start: number, next: (node: number) => readonly number[]): number[] | null {
  const cameFrom = new Map<number, number>();
  let wave = [start];
  while (wave.length > 0) {
    const following: number[] = [];
    for (const node of wave)
      for (const to of next(node)) {
        if (to === start) {
          const path = [start, node];
          for (let at = node; at !== start; ) {
            at = cameFrom.get(at)!;
            path.push(at);
          }
          return node === start ? [start, start] : path.reverse();
        }
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, node);
        following.push(to);
      }
    wave = following;
  }
  return null;
}
