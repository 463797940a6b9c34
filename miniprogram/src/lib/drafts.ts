/** Things half filled in, on the shelf. Writes of one draft follow each other; the last one always gets there. */
import type { Shelf } from './queue/ports'

interface Half {
  id: string
  owner: string
}

export class Drafts<D extends Half> {
  private writing = new Map<string, Promise<void>>()
  private next = new Map<string, string>()

  constructor(
    private readonly shelf: Shelf,
    private readonly prefix: string,
  ) {}

  /** Those of one person, newest first: ids begin with their time. */
  async list(owner: string): Promise<D[]> {
    const keys = await this.shelf.keys(this.prefix)
    const found = await Promise.all(keys.map((key) => this.shelf.read<D>(key)))
    return found.filter((one): one is Awaited<D> => one?.owner === owner).sort((a, b) => (a.id < b.id ? 1 : -1))
  }

  find(id: string): Promise<D | undefined> {
    return this.shelf.read<D>(this.prefix + id)
  }

  /** Kept when this resolves. Taps that come while one is being written are written together. */
  async keep(draft: D): Promise<void> {
    // a copy of now: the form goes on changing
    this.next.set(draft.id, JSON.stringify(draft))
    const turn = (this.writing.get(draft.id) ?? Promise.resolve()).catch(() => {}).then(() => this.write(draft.id))
    this.writing.set(draft.id, turn)
    await turn
  }

  async drop(id: string): Promise<void> {
    await this.writing.get(id)?.catch(() => {})
    await this.shelf.erase(this.prefix + id)
  }

  private async write(id: string): Promise<void> {
    const text = this.next.get(id)
    if (text === undefined) return
    this.next.delete(id)
    await this.shelf.write(this.prefix + id, JSON.parse(text))
  }
}
