"""Taking photos away with all that was made of them."""

from models.database import sql
from models.evidence.renditions import FOLDERS
from models.evidence.store import PhotoStore


async def remove_objects(key: str, store: PhotoStore) -> None:
    """The picture and its renditions. Repeatable; what a worker puts down meanwhile is a stray, and collected."""
    for folder in FOLDERS.values():
        await store.delete(f"{folder}/{key}")


async def remove_traces(photo_ids: list[int]) -> None:
    """What photos are recognised by and where they were found again, in the caller's transaction."""
    if not photo_ids:
        return
    here = sql.places(photo_ids)
    await sql.rows(
        f"DELETE FROM content_check WHERE content = 'photo' AND target_id IN ({here}) RETURNING id",  # noqa: S608
        *photo_ids,
    )
    await sql.rows(f"DELETE FROM photo_print WHERE photo_id IN ({here}) RETURNING id", *photo_ids)  # noqa: S608
    await sql.rows(
        f"DELETE FROM repeated_photo WHERE photo_id IN ({here}) OR earlier_id IN ({here}) RETURNING id",  # noqa: S608
        *photo_ids,
    )
