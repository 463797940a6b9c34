/** What the queue needs of a phone; tests give it others. */

/** Small things that outlive the program. A write is whole or not at all. */
export interface Shelf {
  keys(prefix: string): Promise<string[]>
  read<T>(key: string): Promise<T | undefined>
  /** Rejects with StorageFull. */
  write(key: string, value: unknown): Promise<void>
  erase(key: string): Promise<void>
}

/** Pictures that outlive the program. */
export interface Files {
  /** Keep bytes under a name; rejects with StorageFull. */
  write(name: string, data: ArrayBuffer): Promise<void>
  /** Bytes from `offset`, at most `length`; rejects with FileGone. */
  read(name: string, offset: number, length: number): Promise<ArrayBuffer>
  /** Repeatable. */
  erase(name: string): Promise<void>
  names(): Promise<string[]>
}

export class StorageFull extends Error {
  readonly sentence = '手机存储满了，这一步没有存下。请删掉一些照片或聊天文件后再试。'
  constructor() {
    super('手机存储满了')
  }
}

/** What a person reads when something could not be put on the phone. */
export function whyNotKept(fault: unknown, otherwise = '没有存下，请再点一次。'): string {
  return fault instanceof StorageFull ? fault.sentence : otherwise
}

export class FileGone extends Error {}

export type NetworkKind = 'none' | 'wifi' | 'mobile'
