# The workbook for `docker compose up`: JupyterLab with everything the course needs, as an ordinary user.
FROM python:3.13.7-slim-bookworm

RUN useradd --create-home learner
USER learner
# Made by the user, since WORKDIR would make it as root.
RUN mkdir /home/learner/workbook
WORKDIR /home/learner/workbook

# The environment first: it changes only with the lock.
COPY --chown=learner requirements.txt ./
COPY --chown=learner workbook ./workbook
RUN python3 -m workbook setup

COPY --chown=learner . .
# A volume that is mounted here takes over the owner.
RUN mkdir -p my

EXPOSE 8888
CMD ["python3", "-m", "workbook", "start", "--no-browser", "--ip", "0.0.0.0", "--port", "8888"]
