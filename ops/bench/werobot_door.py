"""The anchor of `callback`: WeRoBot's own handler on Tornado, as its documentation sets it up."""

import logging
import os

import tornado.ioloop
import tornado.web
from werobot import WeRoBot
from werobot.contrib.tornado import make_handler


def main() -> None:
    robot = WeRoBot(
        token=os.environ["BENCH_TOKEN"],
        encoding_aes_key=os.environ["BENCH_AES_KEY"],
        app_id=os.environ["BENCH_APPID"],
        enable_session=False,
    )
    # a push answered without words is a warning to it: written for each, it would measure the log
    robot.logger.setLevel(logging.ERROR)
    robot.add_handler(_heard)
    application = tornado.web.Application([("/", make_handler(robot))])
    application.listen(int(os.environ["SHANDU_PORT"]), "127.0.0.1")
    tornado.ioloop.IOLoop.current().start()


def _heard(message: object) -> str:
    return ""


if __name__ == "__main__":
    main()
