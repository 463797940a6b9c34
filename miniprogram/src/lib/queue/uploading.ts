/** One picture over a weak network: tus 1.0.0 in parts that grow and shrink with it. */
import { Refused, Unreached } from '../api/refusals'
import type { Ask, Reply } from '../api/transport'
import { FileGone, type Files } from './ports'
import type { PhotoStep } from './records'

// the server takes 320 parts, and 10 MB
const LEAST_PART = 32 * 1024
const MOST_PART = 512 * 1024
const FIRST_PART = 64 * 1024
const GOOD_MS = 3_000
const MOST_BEGINNINGS = 5
const PART_MS = 60_000

export interface Uploading {
  send(ask: Ask): Promise<Reply>
  files: Files
  /** Milliseconds, to measure with. */
  now(): number
}

/** Parts that suit the network; remembered from picture to picture. */
export class PartSize {
  private bytes = FIRST_PART

  get now(): number {
    return this.bytes
  }

  took(ms: number): void {
    this.bytes = ms < GOOD_MS ? Math.min(MOST_PART, this.bytes * 2) : Math.max(LEAST_PART, this.bytes / 2)
  }

  failed(): void {
    this.bytes = LEAST_PART
  }
}

/** A part found its upload elsewhere, or gone: another of our requests was first, or its three days are over. */
class Astray extends Error {
  constructor(readonly refused: Refused) {
    super(refused.code)
  }
}

/** Send a picture from wherever it stands; returns the server's key for it. `moved` hears how far it came.
 * Nothing about its standing is kept here: begun again with the same id it is the same upload. */
export async function upload(step: PhotoStep, by: Uploading, parts: PartSize, moved: (bytes: number) => Promise<void>): Promise<string> {
  for (let beginnings = 1; ; beginnings++) {
    try {
      return await goOn(step, by, parts, moved)
    } catch (fault) {
      if (fault instanceof Unreached) parts.failed()
      if (!(fault instanceof Astray)) throw fault
      if (beginnings === MOST_BEGINNINGS) throw fault.refused
    }
  }
}

async function goOn(step: PhotoStep, by: Uploading, parts: PartSize, moved: (bytes: number) => Promise<void>): Promise<string> {
  let standing = await by.send(beginning(step))
  const address = standing.headers['location']?.replace(/^.*\/api(?=\/uploads\/)/, '') ?? ''
  for (;;) {
    const key = standing.headers['shandu-photo']
    const offset = Number(standing.headers['upload-offset'])
    await moved(offset)
    if (key) return key
    const data = await by.files.read(step.file, offset, Math.min(parts.now, step.bytes - offset)).catch(async (fault: unknown) => {
      // another will be made in its place, with the same id: the server is not to wait for the rest of this one
      if (fault instanceof FileGone) await by.send({ method: 'DELETE', path: address, headers: TUS }).catch(ended)
      throw fault
    })
    const began = by.now()
    standing = await by.send(part(address, offset, data)).catch((fault: unknown) => {
      const astray = fault instanceof Refused && (fault.code === 'wrong_offset' || fault.status === 404)
      throw astray ? new Astray(fault) : fault
    })
    parts.took(by.now() - began)
  }
}

function ended(fault: unknown): void {
  if (!(fault instanceof Refused && fault.status === 404)) throw fault
}

const TUS = { 'Tus-Resumable': '1.0.0' }

function beginning(step: PhotoStep): Ask {
  const said = { school_id: String(step.schoolId), purpose: step.purpose, request_id: step.id }
  const metadata = Object.entries(said).map(([name, value]) => `${name} ${base64(value)}`).join(',')
  return {
    method: 'POST',
    path: '/uploads',
    headers: { ...TUS, 'Upload-Length': String(step.bytes), 'Upload-Metadata': metadata },
  }
}

/** wx.request has no PATCH. */
function part(address: string, offset: number, data: ArrayBuffer): Ask {
  return {
    method: 'POST',
    path: address,
    headers: {
      ...TUS,
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
      'X-HTTP-Method-Override': 'PATCH',
    },
    body: data,
    timeoutMs: PART_MS,
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Of plain ASCII. A mini-program has no btoa. */
function base64(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)] as [number, number, number]
    const bits = (a << 16) | ((b || 0) << 8) | (c || 0)
    const digit = (shift: number): string => DIGITS[(bits >> shift) & 63] ?? ''
    out += digit(18) + digit(12) + (Number.isNaN(b) ? '=' : digit(6)) + (Number.isNaN(c) ? '=' : digit(0))
  }
  return out
}
