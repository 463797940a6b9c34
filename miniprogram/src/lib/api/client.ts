/** The API, typed by the server's own OpenAPI document (`schema.ts` is generated from it). */
import { refusal } from './refusals'
import type { Operations } from './schema'
import type { Ask, Reply, Transport } from './transport'

export type Operation = keyof Operations
export type Answer<O extends Operation> = Operations[O]['answer']
type Given<O extends Operation> = Pick<Operations[O], Exclude<keyof Operations[O], 'answer'>>
type Rest<O extends Operation> = keyof Given<O> extends never ? [] : Partial<Given<O>> extends Given<O> ? [given?: Given<O>] : [given: Given<O>]

export interface Caller {
  transport: Transport
  token(): string | null
  /** Sign in again without asking anybody; false when a person has to. */
  renew(): Promise<boolean>
  /** Every answer's headers, for the clock. */
  heard(headers: Record<string, string>): void
}

export class Api {
  constructor(private readonly caller: Caller) {}

  /** Ask the server; throws Refused or Unreached. `api.ask('GET /schools/{school_id}', { path: { school_id: 3 } })` */
  async ask<O extends Operation>(operation: O, ...[given]: Rest<O>): Promise<Answer<O>> {
    const [method, pattern] = operation.split(' ') as [Ask['method'], string]
    const { path, query, body } = (given ?? {}) as { path?: object; query?: object; body?: object }
    const ask: Ask = { method, path: filled(pattern, path) + asked(query) }
    if (body !== undefined) {
      ask.body = JSON.stringify(body)
      ask.headers = { 'Content-Type': 'application/json' }
    }
    return (await this.send(ask)).body as Answer<O>
  }

  /** One request with the session's token; an expired session is renewed once. Throws Refused or Unreached. */
  async send(ask: Ask): Promise<Reply> {
    let reply = await this.once(ask)
    if (reply.status === 401 && (await this.caller.renew())) reply = await this.once(ask)
    if (reply.status >= 400) throw refusal(reply.status, reply.headers, reply.body)
    return reply
  }

  private async once(ask: Ask): Promise<Reply> {
    const token = this.caller.token()
    const headers = token ? { ...ask.headers, Authorization: `Bearer ${token}` } : ask.headers
    const reply = await this.caller.transport({ ...ask, headers })
    this.caller.heard(reply.headers)
    return reply
  }
}

function filled(pattern: string, path: object = {}): string {
  const values = path as Record<string, unknown>
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
}

/** URLSearchParams is not there in a mini-program. */
function asked(query: object = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  return pairs.length ? `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}` : ''
}
