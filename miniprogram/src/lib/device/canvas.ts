/** A canvas to draw on, the same on both platforms. */
import { failed, ok, type Outcome } from './outcome'

export interface Sheet {
  pen: CanvasRenderingContext2D
  width: number
  height: number
  /** What was drawn, a JPEG. */
  picture(): Promise<Outcome<ArrayBuffer>>
}

const WORDS = { denied: '没有存下签名，请再签一次。', missing: '这台手机不能手写签名，请换一台手机。', failed: '没有存下签名，请再签一次。' }

/** The canvas of a page's component by its id; null before it is drawn. `component` is its instance. */
export async function sheetOf(id: string, component: unknown): Promise<Sheet | null> {
  // #ifdef H5
  const element = document.querySelector<HTMLCanvasElement>(`#${id} canvas`) ?? document.querySelector<HTMLCanvasElement>(`canvas#${id}`)
  if (!element) return null
  const { width, height } = element.getBoundingClientRect()
  return prepared(element, width, height, () => drawn(element))
  // #endif
  // #ifndef H5
  return await new Promise((resolve) => {
    uni.createSelectorQuery().in(component as never).select(`#${id}`).fields({ node: true, size: true } as UniApp.NodeField, () => {}).exec((found: unknown[]) => {
      const one = found[0] as { node?: HTMLCanvasElement; width: number; height: number } | null
      if (!one?.node) return resolve(null)
      const canvas = one.node
      resolve(prepared(canvas, one.width, one.height, () => bytesOf(canvas)))
    })
  })
  // #endif
}

function prepared(canvas: HTMLCanvasElement, width: number, height: number, picture: Sheet['picture']): Sheet | null {
  const pen = canvas.getContext('2d')
  if (!pen) return null
  const scale = 2
  canvas.width = width * scale
  canvas.height = height * scale
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  return { pen, width, height, picture }
}

// #ifdef H5
async function drawn(canvas: HTMLCanvasElement): Promise<Outcome<ArrayBuffer>> {
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85))
  return made ? ok(await made.arrayBuffer()) : { kind: 'failed', sentence: WORDS.failed }
}
// #endif

// #ifndef H5
function bytesOf(canvas: HTMLCanvasElement): Promise<Outcome<ArrayBuffer>> {
  return new Promise((resolve) => {
    const fail = (fault: unknown): void => resolve(failed(fault, WORDS))
    uni.canvasToTempFilePath({
      canvas,
      fileType: 'jpg',
      quality: 0.85,
      success: ({ tempFilePath }: { tempFilePath: string }) => {
        uni.getFileSystemManager().readFile({ filePath: tempFilePath, success: ({ data }) => resolve(ok(data as ArrayBuffer)), fail })
      },
      fail,
    } as unknown as UniApp.CanvasToTempFilePathOptions)
  })
}
// #endif
