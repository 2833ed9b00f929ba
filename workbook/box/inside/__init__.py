"""All of ours that is laid into a box, as the package `inside`, beside the files of a question's scene.

It is read and run by answers, so it holds no check and no secret. It imports nothing of `workbook`, which is not on the
path there: the standard library, redis-py, RQ and httpx only.
"""
