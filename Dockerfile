# One image for every process of the Procfile; which one a container runs is its command (see compose.yaml).

FROM node:22-slim AS browser-files
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    LISTEN=0.0.0.0 \
    PORT=8000 \
    LIVE_PORT=8001
WORKDIR /app
# The media server (`media` of the Procfile). Where the distribution has none, rooms open with everything but sound and pictures;
# a newer build may take its place (docs/media.md).
RUN apt-get update \
    && { apt-get install --yes --no-install-recommends janus || echo "No janus in this distribution: see docs/media.md"; } \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home iop && install -d -o iop -g iop -m 0700 /data

COPY requirements.txt ./
RUN python -m venv /opt/venv && pip install --no-cache-dir --require-hashes -r requirements.txt

COPY --from=browser-files /app/node_modules ./node_modules
COPY . .
RUN python -m core.catalogue compile
# The settings want values; collecting static files uses none of these, and they do not stay in the image.
RUN SECRET_KEY=only-while-building-0123456789-abcdefghijklmnopqrstuvwxyz \
    FIELD_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    PRIVATE_NOTE_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=postgres://nobody@localhost/none \
    REDIS_URL=redis://localhost \
    SITE_URL=https://localhost \
    python manage.py collectstatic --noinput --verbosity 0

USER iop
VOLUME /data
EXPOSE 8000 8001
CMD ["honcho", "start", "web"]
