/** What waits on the phone to be sent. A record is one thing a person did; its steps go in order. */

/** JSON sent to an address. `id` is the request id in the body: it never changes. */
export interface PostStep {
  kind: 'post'
  id: string
  title: string
  path: string
  body: Record<string, unknown>
  /** When the phone's clock said it happened, for a `scanned_at` that proves wrong. */
  phoneMs?: number
  receipt?: unknown
  trouble?: Trouble
  /** Whether it was ever on its way: from then on the server may know it, and its body stays as it is. */
  tried?: boolean
}

/** A picture in parts. `file` is its name among the phone's files. */
export interface PhotoStep {
  kind: 'photo'
  id: string
  title: string
  schoolId: number
  purpose: 'visit' | 'problem' | 'signature' | 'ledger'
  file: string
  bytes: number
  sentBytes: number
  /** Large enough to wait for Wi-Fi until `wifiUntil` (phone's milliseconds), unless the person says now. */
  wifiUntil?: number
  receipt?: unknown
  trouble?: Trouble
  tried?: boolean
}

export type Step = PostStep | PhotoStep

/** What the person can do about a final refusal. */
export type Remedy = 'rescan' | 'edit' | 'retake' | 'resign' | 'contact' | 'update'

/** Why a step does not get on. Final: trying again cannot help, so nobody does. */
export interface Trouble {
  code: string
  sentence: string
  remedy: Remedy
  facts?: Record<string, unknown>
}

export interface QueueRecord {
  id: string
  /** Whose it is: on a shared phone nobody sends what is another's. */
  owner: string
  kind: 'visit' | 'problem' | 'rectification' | 'ledger' | 'survey' | 'record' | 'alert'
  title: string
  /** What it is about, such as `problem:12`, for the page that shows that thing. */
  about?: string
  /** The page on which it is mended, where that is not the visit's form. */
  page?: string
  /** An answer nobody may find on this phone: its words go when they are received. */
  secret?: boolean
  /** Phone's milliseconds, for order and display. */
  madeAt: number
  /** More steps will come: a check-in whose form is being filled in. */
  open: boolean
  steps: Step[]
  /** All is received and the files are gone. */
  doneAt?: number
}

export type Standing = 'waiting' | 'sending' | 'sent' | 'failed'

export function isSent(step: Step): boolean {
  return step.receipt !== undefined
}

/** Everything is at the server; the record may still be open for more. */
export function isReceived(record: QueueRecord): boolean {
  return record.steps.every(isSent)
}

export function filesOf(record: QueueRecord): string[] {
  return record.steps.flatMap((step) => (step.kind === 'photo' ? [step.file] : []))
}
