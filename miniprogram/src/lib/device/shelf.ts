/** Where the phone keeps things. */
import * as browser from './shelf-h5'
import * as wechat from './shelf-mp'

// a constant of the build: the other one is not in it
const here = process.env.UNI_PLATFORM === 'h5' ? browser : wechat

export const { shelf, files, pictureAddress } = here
