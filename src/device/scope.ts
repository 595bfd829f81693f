/**
 * Lexical memory: what is made inside a scope is freed when the scope ends, except what is kept.
 *
 *     using scope = device.scope();
 *     const y = add(mul(a, b), c);      // the product dies with the scope
 *     return scope.keep(y);             // y belongs to the enclosing scope
 */

/** Anything that a scope can free. */
export interface Freeable {
  dispose(): void;
}

/** One open scope. Ends by `using`, or by an explicit `end()`; ending twice is harmless. */
export class Scope implements Disposable {
  private readonly owned = new Set<Freeable>();
  private readonly stack: ScopeStack;

  constructor(stack: ScopeStack) {
    this.stack = stack;
  }

  /** Hands `x` to the enclosing scope (or to nobody, at the outermost level) and returns it. */
  keep<T extends Freeable>(x: T): T {
    if (this.owned.delete(x)) this.stack.parentOf(this)?.adopt(x);
    return x;
  }

  /** Hands everything to the enclosing scope. */
  keepAll(): void {
    for (const x of [...this.owned]) this.keep(x);
  }

  /** Takes `x`: it is freed at the end of this scope. */
  adopt(x: Freeable): void {
    this.owned.add(x);
  }

  /** Forgets `x`: nobody frees it any more. */
  disown(x: Freeable): void {
    this.owned.delete(x);
  }

  /** Whether `x` would be freed at this scope's end. */
  owns(x: Freeable): boolean {
    return this.owned.has(x);
  }

  /** Frees what is owned. Scopes that were opened inside and are still open end first. */
  end(): void {
    if (!this.stack.pop(this)) return;
    for (const x of this.owned) x.dispose();
    this.owned.clear();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** The scopes that are open on one device, innermost last. */
export class ScopeStack {
  private readonly open: Scope[] = [];

  /** Opens a scope inside the current one. */
  push(): Scope {
    const scope = new Scope(this);
    this.open.push(scope);
    return scope;
  }

  /** Removes `scope`; false when it was ended before. Scopes left open inside it end first. */
  pop(scope: Scope): boolean {
    if (!this.open.includes(scope)) return false;
    while (this.open.at(-1) !== scope) this.open.at(-1)?.end();
    this.open.pop();
    return true;
  }

  /** Takes `x` out of every scope: what keeps it frees it by itself. Returns it. */
  disown<T extends Freeable>(x: T): T {
    for (const scope of this.open) scope.disown(x);
    return x;
  }

  /** The scope around `scope`; undefined for the outermost. */
  parentOf(scope: Scope): Scope | undefined {
    return this.open[this.open.indexOf(scope) - 1];
  }

  /** The innermost open scope, which adopts what is made; undefined where none is open. */
  get current(): Scope | undefined {
    return this.open.at(-1);
  }
}
