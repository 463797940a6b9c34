/** Reading a code with the camera. */
import { cancelled, failed, ok, type Outcome, type Words } from './outcome'
// #ifdef H5
import { chosenFile, drawn } from './camera'
// #endif

interface Sought {
  kinds: ('qrCode' | 'barCode')[]
  words: Words
  /** On the page of a browser: what the picture is to be of, and what is said where nothing is read from it. */
  label: string
  unread: string
}

const POSTER: Words = {
  denied: '没有相机权限。请在微信的设置里允许“膳督”使用相机，或者手工输入编码。',
  missing: '这台手机不能扫码。请手工输入海报上的编码。',
  failed: '没有扫出来。请擦净镜头、走近一些再扫，或者手工输入编码。',
}

const SCREEN: Words = {
  denied: '没有相机权限。请在微信的设置里允许“膳督”使用相机，再扫一次。',
  missing: '这台手机不能扫码。请换一台手机登录网页。',
  failed: '没有扫出来。请对正屏幕上的二维码，再扫一次。',
}

export const GOODS: Words = {
  denied: '没有相机权限。请在微信的设置里允许“膳督”使用相机，或者手工输入条码下面的数字。',
  missing: '这台手机不能扫码。请手工输入条码下面的数字。',
  failed: '没有扫出来。请把条码擦干净、放平了再扫，或者手工输入条码下面的数字。',
}

/** What a school's poster says. In a browser it is read, on the phone, from a picture that the person takes or has. */
export const scan = (): Promise<Outcome<string>> =>
  look({ kinds: ['qrCode'], words: POSTER, label: '拍海报上的二维码', unread: '照片里没有看清二维码。请擦净镜头、对正了再拍，或者输入二维码下面的编码。' })

/** What the code on a computer's screen says. As `scan` otherwise. */
export const scanScreen = (): Promise<Outcome<string>> =>
  look({ kinds: ['qrCode'], words: SCREEN, label: '拍屏幕上的二维码', unread: '照片里没有看清二维码。请对正屏幕、不要反光，再拍一次。' })

/** What the code on a package says: bars, or a square one. As `scan` otherwise. */
export const scanGoods = (): Promise<Outcome<string>> =>
  look({ kinds: ['barCode', 'qrCode'], words: GOODS, label: '拍包装上的条码', unread: '照片里没有看清条码。请把条码放平、拍大一些再试，或者手工输入条码下面的数字。' })

async function look(sought: Sought): Promise<Outcome<string>> {
  // #ifdef H5
  const file = await chosenFile(sought.label, false)
  if (!file) return cancelled
  try {
    return ok(await read(file, sought.kinds))
  } catch {
    return { kind: 'failed', sentence: sought.unread }
  }
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.scanCode({
      onlyFromCamera: false,
      scanType: sought.kinds,
      success: (found) => resolve(ok(found.result || (found as { path?: string }).path || '')),
      fail: (fault) => resolve(failed(fault, sought.words)),
    })
  })
  // #endif
}

// #ifdef H5
const LONGEST_PX = 1600
const WITHIN_MS = 4_000

/** The readers are fetched when they are first needed: few people come without WeChat. Throws where nothing is read. */
async function read(file: File, kinds: Sought['kinds']): Promise<string> {
  const [{ decodeQR }, canvas] = await Promise.all([import('./reader'), drawn(file, LONGEST_PX)])
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height)
  const bars = kinds.includes('barCode') ? (await import('./bars')).readBars({ data, width, height }) : null
  return bars ?? decodeQR({ data, width, height }, { timeLimit: WITHIN_MS, effort: 4 })
}
// #endif
