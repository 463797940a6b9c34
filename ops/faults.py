"""Why something could not be had, in words for whoever runs the command; never the driver's own text."""

import errno

from bot.wechat.errors import ReplyLost, Unreachable

_BY_NUMBER = {
    errno.EADDRINUSE: "已被其他程序占用",
    errno.EACCES: "没有权限",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.ECONNRESET: "连接被中断",
    errno.ENOENT: "文件或文件夹不存在",
    errno.EEXIST: "已经存在",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EISDIR: "是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "磁盘只读",
    errno.ENETUNREACH: "网络不通",
    errno.EHOSTUNREACH: "网络不通",
}


def said(fault: Exception) -> str:
    """`连接被拒绝`; a kind that nobody foresaw by its class, for whoever is asked."""
    if isinstance(fault, Unreachable):
        return "连接不上"
    if isinstance(fault, TimeoutError | ReplyLost):
        return "没有应答"
    if isinstance(fault, OSError) and fault.errno in _BY_NUMBER:
        return _BY_NUMBER[fault.errno]
    if isinstance(fault, ConnectionError):
        return "连接不上"
    return f"错误类型 {type(fault).__name__}"
