/** wx.getFileSystemManager: files of the person's own folder are kept, 200 MB of them; what is elsewhere goes. */
import { No, fault, later } from './calls.mjs'
import { ask } from './screens.mjs'

const HOME = 'wxfile://usr'
const ALL_BYTES = 200 * 1024 * 1024

export function fileSystem({ files }, settings) {
  const passing = new Map()
  const addresses = new Map()
  let made = 0

  const isFolder = (path) => path === HOME || files.held.has(`${path}/`)
  const gone = (path) => new No(`no such file or directory, open "${path}"`, { errCode: 1300002 })

  /** A file that goes when the program does, as a camera's picture. */
  function pass(data, type = 'jpg') {
    const path = `wxfile://tmp_${++made}.${type}`
    passing.set(path, data)
    return path
  }

  function bytesOf(path) {
    const data = passing.get(path) ?? files.held.get(path)
    if (!data) throw gone(path)
    return data
  }

  function ours(path) {
    if (path !== HOME && !path.startsWith(`${HOME}/`)) throw new No(`permission denied, open "${path}"`, { errCode: 1300013 })
    return path
  }

  async function write({ filePath, data, encoding = 'utf8' }) {
    ours(filePath)
    if (!isFolder(filePath.replace(/\/[^/]*$/, ''))) throw gone(filePath)
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data).buffer : data.slice(0)
    if (typeof data === 'string' && encoding !== 'utf8') throw new No(`invalid encoding "${encoding}"`)
    if (files.bytes() - (files.held.get(filePath)?.byteLength ?? 0) + bytes.byteLength > (settings.fileBytes ?? ALL_BYTES)) {
      throw new No('the maximum size of the file storage limit is exceeded', { errCode: 1300202 })
    }
    addresses.delete(filePath)
    await files.put(filePath, bytes)
  }

  function read({ filePath, encoding, position = 0, length }) {
    const data = bytesOf(filePath)
    const most = data.byteLength - position
    if (position < 0 || position > data.byteLength) throw new No(`the value of "position" is out of range, it must be >= 0 && <= ${data.byteLength}`, { errCode: 1301003 })
    if (length !== undefined && (length < 1 || length > most)) throw new No(`the value of "length" is out of range, it must be >= 1 && <= ${most}`, { errCode: 1301003 })
    const part = data.slice(position, position + (length ?? most))
    return { data: encoding ? new TextDecoder().decode(part) : part }
  }

  async function makeFolder({ dirPath, recursive }) {
    const steps = ours(dirPath).slice(HOME.length + 1).split('/')
    if (isFolder(dirPath) && !recursive) throw new No(`file already exists ${dirPath}`, { errCode: 1301005 })
    for (let n = 1; n <= steps.length; n++) {
      const path = [HOME, ...steps.slice(0, n)].join('/')
      if (isFolder(path)) continue
      if (n < steps.length && !recursive) throw gone(dirPath)
      await files.put(`${path}/`, new ArrayBuffer(0))
    }
  }

  async function remove({ filePath }) {
    if (!files.held.has(ours(filePath))) throw gone(filePath)
    addresses.delete(filePath)
    await files.drop(filePath)
  }

  function list({ dirPath }) {
    if (!isFolder(dirPath)) throw gone(dirPath)
    const inside = [...files.held.keys()].filter((path) => path.startsWith(`${dirPath}/`)).map((path) => path.slice(dirPath.length + 1))
    return { files: inside.filter((name) => name && !name.slice(0, -1).includes('/')) }
  }

  const manager = {
    writeFile: later('writeFile', { filePath: 'String!', data: 'String|ArrayBuffer!', encoding: 'String' }, write),
    readFile: later('readFile', { filePath: 'String!', encoding: 'String', position: 'Number', length: 'Number' }, read),
    mkdir: later('mkdir', { dirPath: 'String!', recursive: 'Boolean' }, makeFolder),
    unlink: later('unlink', { filePath: 'String!' }, remove),
    readdir: later('readdir', { dirPath: 'String!' }, list),
    access: later('access', { path: 'String!' }, ({ path }) => { if (!isFolder(path)) bytesOf(path) }),
    getFileInfo: later('getFileInfo', { filePath: 'String!' }, ({ filePath }) => ({ size: bytesOf(filePath).byteLength })),
  }

  /** A declared server is really somewhere else. */
  function there(address) {
    const origin = Object.keys(settings.servers).find((one) => address.startsWith(`${one}/`))
    return origin === undefined ? address : settings.servers[origin] + address.slice(origin.length)
  }

  /** Where the page finds a picture that the program names by its path; null when there is none. */
  async function picture(path) {
    if (!path) return null
    if (!path.startsWith('wxfile://')) return /^(https?:|data:)/.test(path) ? there(path) : `build/${path.replace(/^\//, '')}`
    try {
      const address = addresses.get(path) ?? URL.createObjectURL(new Blob([bytesOf(path)]))
      addresses.set(path, address)
      return address
    } catch {
      return null
    }
  }

  async function compress({ src, quality = 80, compressedWidth }) {
    const drawn = await createImageBitmap(new Blob([bytesOf(src)])).catch(() => { throw new No('fail to decode') })
    const scale = Math.min(1, (compressedWidth ?? drawn.width) / drawn.width)
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(drawn.width * scale), height: Math.round(drawn.height * scale) })
    canvas.getContext('2d').drawImage(drawn, 0, 0, canvas.width, canvas.height)
    return { tempFilePath: pass(await jpeg(canvas, quality / 100)) }
  }

  /** A canvas makes pictures of its own, of the phone's files. */
  function withPictures(canvas) {
    canvas.createImage = () => {
      const image = new Image()
      const real = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src')
      Object.defineProperty(image, 'src', { get: () => real.get.call(image), set: (path) => { void picture(path).then((address) => real.set.call(image, address ?? 'data:,')) } })
      return image
    }
    return canvas
  }

  return {
    pass, bytesOf, picture, withPictures,
    api: {
      createOffscreenCanvas: ({ type, width, height }) => { if (type !== '2d') fault(`createOffscreenCanvas: ${type}`); return withPictures(new OffscreenCanvas(width, height)) },
      openDocument: later('openDocument', { filePath: 'String!', fileType: 'String', showMenu: 'Boolean' }, async ({ filePath }) => { bytesOf(filePath); await ask('文件', filePath, ['关闭']) }),
      previewImage: later('previewImage', { urls: 'Array!', current: 'String' }, async ({ urls }) => { await ask('照片', `${urls.length}张`, ['关闭']) }),
      env: { USER_DATA_PATH: HOME },
      getFileSystemManager: () => manager,
      compressImage: later('compressImage', { src: 'String!', quality: 'Number', compressedWidth: 'Number', compressedHeight: 'Number', compressWidth: 'Number', compressHeight: 'Number' }, compress),
      canvasToTempFilePath: later('canvasToTempFilePath', { canvas: 'HTMLCanvasElement|OffscreenCanvas!', canvasId: 'String', fileType: 'String', quality: 'Number', x: 'Number', y: 'Number', width: 'Number', height: 'Number', destWidth: 'Number', destHeight: 'Number' }, async ({ canvas, quality = 1 }) => ({
        tempFilePath: pass(await jpeg(canvas, quality)),
      })),
    },
  }
}

async function jpeg(canvas, quality) {
  const made = canvas.convertToBlob ? await canvas.convertToBlob({ type: 'image/jpeg', quality }) : await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
  if (!made) throw new No('fail to write the picture')
  return await made.arrayBuffer()
}
