/** Taking a picture. What comes back is small enough for a mountain: at most 1600 pixels, JPEG. */
import { bandOf, drawMark } from './mark'
import { cancelled, failed, ok, type Outcome } from './outcome'

const WORDS = {
  denied: '没有相机权限。请在设置里允许“膳督”使用相机后再拍。',
  missing: '这台手机没有能用的相机，请换一台手机拍。',
  failed: '没有拍成，请再试一次。',
}

/** A picture's bytes, a JPEG. `words` are written below it, two lines at most. */
export async function takePicture(words: readonly string[] = []): Promise<Outcome<ArrayBuffer>> {
  // #ifdef H5
  const file = await chosenFile('拍照')
  if (!file) return cancelled
  try {
    return ok(await shrunk(file, words))
  } catch {
    return { kind: 'failed', sentence: '这个文件不是能看的照片，请重拍。' }
  }
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.chooseMedia({
      count: 1,
      mediaType: ['image'],
      sourceType: ['camera'],
      sizeType: ['compressed'],
      success: ({ tempFiles }) => {
        const taken = tempFiles[0]
        if (!taken) return resolve(cancelled)
        void bytesOf(taken.tempFilePath, words).then(resolve)
      },
      fail: (fault) => resolve(failed(fault, WORDS)),
    })
  })
  // #endif
}

// #ifndef H5
/** WeChat's own compression first: a cheap phone's camera gives eight megabytes. */
async function bytesOf(path: string, words: readonly string[]): Promise<Outcome<ArrayBuffer>> {
  const small = await new Promise<string>((resolve) => {
    uni.compressImage({ src: path, quality: 75, compressedWidth: 1600, success: (made) => resolve(made.tempFilePath), fail: () => resolve(path) } as UniApp.CompressImageOptions)
  })
  const marked = words.length ? await withMark(small, words) : small
  return await new Promise((resolve) => {
    uni.getFileSystemManager().readFile({
      filePath: marked,
      success: ({ data }) => resolve(ok(data as ArrayBuffer)),
      fail: (fault) => resolve(failed(fault, WORDS)),
    })
  })
}

interface Offscreen extends HTMLCanvasElement {
  createImage(): HTMLImageElement
}

/** The marked picture's path; the plain one's on a phone that cannot draw. */
function withMark(path: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const plain = (): void => resolve(path)
    try {
      const canvas = (uni as unknown as { createOffscreenCanvas(given: object): Offscreen }).createOffscreenCanvas({ type: '2d', width: 1, height: 1 })
      const image = canvas.createImage()
      image.onerror = plain
      image.onload = () => {
        const { width, height } = image
        Object.assign(canvas, { width, height: height + bandOf(height) })
        const pen = canvas.getContext('2d')
        if (!pen) return plain()
        pen.drawImage(image, 0, 0, width, height)
        drawMark(pen, width, height, words)
        const size = { x: 0, y: 0, width, height: canvas.height, destWidth: width, destHeight: canvas.height }
        uni.canvasToTempFilePath({ canvas, ...size, fileType: 'jpg', quality: 0.8, success: (made: { tempFilePath: string }) => resolve(made.tempFilePath), fail: plain } as unknown as UniApp.CanvasToTempFilePathOptions)
      }
      image.src = path
    } catch {
      plain()
    }
  })
}
// #endif

// #ifdef H5
const LONGEST_PX = 1600

/** A picture of now, or of any time where the camera is not insisted on; null when the person changed their mind. */
export function chosenFile(label: string, ofNow = true): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    Object.assign(input, { type: 'file', accept: 'image/*', ...(ofNow ? { capture: 'environment' } : {}) })
    input.setAttribute('aria-label', label)
    input.hidden = true
    input.onchange = () => { resolve(input.files?.[0] ?? null); input.remove() }
    input.oncancel = () => { resolve(null); input.remove() }
    // some browsers forget an input that is not in the page
    document.body.append(input)
    input.click()
  })
}

async function shrunk(file: File, words: readonly string[]): Promise<ArrayBuffer> {
  const canvas = await drawn(file, LONGEST_PX, words)
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8))
  if (!made) throw new Error('no picture')
  return await made.arrayBuffer()
}

/** A picture on a canvas, upright, no side longer than this, with words below it. Throws for what is no picture. */
export async function drawn(file: File, longestPx: number, words: readonly string[] = []): Promise<HTMLCanvasElement> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, longestPx / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)]
  Object.assign(canvas, { width, height: height + (words.length ? bandOf(height) : 0) })
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  pen.drawImage(picture, 0, 0, width, height)
  if (words.length) drawMark(pen, width, height, words)
  return canvas
}
// #endif
