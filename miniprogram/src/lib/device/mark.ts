/** The mark on a picture (水印): where and when it was taken, on a dark band below it, so that it hides nothing. */

/** The band is a ninth of the picture's height: what recognises a picture leaves out the lowest tenth of it
 * (`models/evidence/prints.py`). */
export const bandOf = (height: number): number => Math.round(height / 9)

type Pen = Pick<CanvasRenderingContext2D, 'fillRect' | 'fillText' | 'measureText' | 'fillStyle' | 'font' | 'textBaseline'>

/** Draw the band on a canvas that has room for it below a picture of this size. */
export function drawMark(pen: Pen, width: number, height: number, words: readonly string[]): void {
  const band = bandOf(height)
  const step = band / (words.length + 0.4)
  const write = (px: number): void => { pen.font = `${px}px sans-serif` }
  let px = Math.floor(step / 1.3)
  write(px)
  const longest = Math.max(...words.map((line) => pen.measureText(line).width))
  const room = width - 2 * px
  if (longest > room) write(px = Math.max(8, Math.floor((px * room) / longest)))
  pen.fillStyle = '#181818'
  pen.fillRect(0, height, width, band)
  pen.fillStyle = '#ffffff'
  pen.textBaseline = 'middle'
  words.forEach((line, n) => pen.fillText(line, px / 2, height + step * (n + 0.7)))
}
