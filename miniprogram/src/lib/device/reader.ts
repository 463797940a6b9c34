/** Reads a code out of a picture. A file of its own, so that it is fetched when it is first needed. */
export { decodeQR } from 'qr/decode.js'
