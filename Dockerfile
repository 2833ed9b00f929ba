# The workbook for `docker compose up`: JupyterLab with everything the course needs, as an ordinary user.
FROM python:3.13.7-slim-bookworm

RUN useradd --create-home learner
USER learner
# Made by the user, since WORKDIR would make it as root.
RUN mkdir /home/learner/workbook
WORKDIR /home/learner/workbook

# The environment first: it changes only with the lock and with what sets it up.
COPY --chown=learner requirements.txt ./
COPY --chown=learner workbook/__init__.py workbook/bootstrap.py workbook/environment.py ./workbook/
RUN python3 -c "from workbook import bootstrap; bootstrap.prepare(bootstrap.ROOT, dev=False)"

COPY --chown=learner . .
# A volume that is mounted here takes over the owner.
RUN mkdir -p my

EXPOSE 8888
CMD ["python3", "-m", "workbook", "start", "--no-browser", "--ip", "0.0.0.0", "--port", "8888"]
