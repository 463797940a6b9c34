/** What was drawn on a canvas. */
import { failed, ok, type Outcome } from './outcome'

/** Dots of a drawn picture for each of the screen's own: a browser's canvas counts in the latter, WeChat's in the former. */
export const FINENESS = process.env.UNI_PLATFORM === 'h5' ? 2 : 1

const WORDS = { denied: '没有存下签名，请再签一次。', missing: '这台手机不能手写签名，请换一台手机。', failed: '没有存下签名，请再签一次。' }

/** A drawn picture's bytes, from where the platform has put it; nowhere when it could not draw it. */
export async function drawnPicture(where: string): Promise<Outcome<ArrayBuffer>> {
  // #ifdef H5
  const [, packed] = where.split(';base64,')
  return packed ? ok(Uint8Array.from(atob(packed), (one) => one.charCodeAt(0)).buffer) : failed(where, WORDS)
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    const fail = (fault: unknown): void => resolve(failed(fault, WORDS))
    uni.getFileSystemManager().readFile({ filePath: where, success: ({ data }) => resolve(ok(data as ArrayBuffer)), fail })
  })
  // #endif
}
