/** A mini-program keeps things in its storage (10 MB, 1 MB a key) and its files (200 MB). */
import { FileGone, StorageFull, type Files, type Shelf } from '../queue/ports'

const FULL = /exceed|maximum|quota|no space|storage.*full|1300202/i

function refused(fault: { errMsg?: string; errCode?: number }): Error {
  const said = `${fault.errMsg ?? ''} ${fault.errCode ?? ''}`
  return FULL.test(said) ? new StorageFull() : new Error(said)
}

export const shelf: Shelf = {
  keys: (prefix) => new Promise((resolve, reject) => {
    uni.getStorageInfo({ success: ({ keys }) => resolve(keys.filter((key) => key.startsWith(prefix)).sort()), fail: reject } as UniApp.GetStorageInfoOptions)
  }),
  read: <T>(key: string) => new Promise<T | undefined>((resolve) => {
    uni.getStorage({ key, success: ({ data }) => resolve(data as T), fail: () => resolve(undefined) })
  }),
  write: (key, value) => new Promise((resolve, reject) => {
    uni.setStorage({ key, data: value, success: () => resolve(), fail: (fault: { errMsg?: string }) => reject(refused(fault)) })
  }),
  erase: (key) => new Promise((resolve) => {
    uni.removeStorage({ key, success: () => resolve(), fail: () => resolve() })
  }),
}

const folder = (): string => `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/kept`
const path = (name: string): string => `${folder()}/${name}.jpg`

function madeFolder(): Promise<void> {
  return new Promise((resolve) => {
    uni.getFileSystemManager().mkdir({ dirPath: folder(), recursive: true, success: () => resolve(), fail: () => resolve() })
  })
}

export const files: Files = {
  async write(name, data) {
    await madeFolder()
    await new Promise<void>((resolve, reject) => {
      uni.getFileSystemManager().writeFile({ filePath: path(name), data, success: () => resolve(), fail: (fault) => reject(refused(fault)) })
    })
  },
  read: (name, offset, length) => new Promise((resolve, reject) => {
    uni.getFileSystemManager().readFile({
      filePath: path(name),
      position: offset,
      length,
      success: ({ data }: { data: string | ArrayBuffer }) => resolve(data as ArrayBuffer),
      fail: () => reject(new FileGone(name)),
    } as UniApp.ReadFileOption)
  }),
  erase: (name) => new Promise((resolve) => {
    uni.getFileSystemManager().unlink({ filePath: path(name), success: () => resolve(), fail: () => resolve() })
  }),
  names: () => new Promise((resolve) => {
    uni.getFileSystemManager().readdir({ dirPath: folder(), success: ({ files: found }) => resolve(found.map((one) => one.replace(/\.jpg$/, ''))), fail: () => resolve([]) })
  }),
}

/** An address to show a kept picture by. */
export function pictureAddress(name: string): Promise<string | null> {
  return Promise.resolve(path(name))
}
