/** Who wants to know when a buffer is freed: captured steps that have it in their bind groups. */
export class Watches {
  private readonly all = new Map<GPUBuffer, Set<(label: string) => void>>();

  /** Returns what ends the watch. */
  add(buffer: GPUBuffer, freed: (label: string) => void): () => void {
    const watchers = this.all.get(buffer) ?? new Set();
    this.all.set(buffer, watchers.add(freed));
    return () => {
      watchers.delete(freed);
      if (watchers.size === 0 && this.all.get(buffer) === watchers) this.all.delete(buffer);
    };
  }

  freed(buffer: GPUBuffer, label: string): void {
    if (this.all.size === 0) return;
    for (const tell of this.all.get(buffer) ?? []) tell(label);
    this.all.delete(buffer);
  }
}
