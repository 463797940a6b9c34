/** A file that was made for a person: opened, saved or handed on. */
import { failed, ok, type Outcome } from './outcome'

const WORDS = {
  denied: '手机没有允许保存文件。',
  missing: '这台手机打不开这种文件，请用电脑打开网页版。',
  failed: '文件没有打开，请再试一次。',
}

/** `type` is the file's ending, `pdf` or `xlsx`. */
export async function openFile(data: ArrayBuffer, name: string, type: 'pdf' | 'xlsx'): Promise<Outcome<void>> {
  // #ifdef H5
  const media = type === 'pdf' ? 'application/pdf' : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  const address = URL.createObjectURL(new Blob([data], { type: media }))
  const link = document.createElement('a')
  Object.assign(link, { href: address, download: `${name}.${type}` })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  return ok(undefined)
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    const path = `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/${name}.${type}`
    uni.getFileSystemManager().writeFile({
      filePath: path,
      data,
      success: () => uni.openDocument({ filePath: path, fileType: type, showMenu: true, success: () => resolve(ok(undefined)), fail: (fault) => resolve(failed(fault, WORDS)) }),
      fail: (fault) => resolve(failed(fault, WORDS)),
    })
  })
  // #endif
}

/** A text written down to be handed on: where it is, and what it is to be called. */
export interface Ready {
  path: string
  name: string
}

/** Before the tap: WeChat hands a file on inside a tap alone, and writing takes time. `name` has its ending. */
export async function readyText(text: string, name: string): Promise<Outcome<Ready>> {
  // #ifdef H5
  return ok({ path: URL.createObjectURL(new Blob([text], { type: 'text/html;charset=utf-8' })), name })
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    const path = `${(uni as unknown as { env: { USER_DATA_PATH: string } }).env.USER_DATA_PATH}/${name}`
    uni.getFileSystemManager().writeFile({ filePath: path, data: text, encoding: 'utf8', success: () => resolve(ok({ path, name })), fail: (fault) => resolve(failed(fault, WORDS)) })
  })
  // #endif
}

/** In the tap: saved by a browser, sent to a chat of the person's by WeChat. */
export function handOn({ path, name }: Ready): Promise<Outcome<void>> {
  // #ifdef H5
  const link = document.createElement('a')
  Object.assign(link, { href: path, download: name })
  link.click()
  return Promise.resolve(ok(undefined))
  // #endif
  // #ifndef H5
  interface Shares { shareFileMessage(options: { filePath: string; fileName: string; success(): void; fail(fault: unknown): void }): void }
  return new Promise((resolve) => {
    ;(uni as unknown as Shares).shareFileMessage({ filePath: path, fileName: name, success: () => resolve(ok(undefined)), fail: (fault) => resolve(failed(fault, WORDS)) })
  })
  // #endif
}

/** WeChat's page on which a person takes back or gives leave to use the place; there is none in a browser. */
export function openPermissions(): void {
  // #ifndef H5
  uni.openSetting({ fail: () => {} })
  // #endif
}
