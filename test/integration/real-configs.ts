/** Ten files as ConfigMaps hold them, each with an edit of two people that merge, and a third that clashes with the first. */
import type { Format } from '../../text/format.ts';

/** What stands once in a text, and what becomes of it. */
export type Change = readonly [from: string, to: string];

export interface RealConfig {
  readonly title: string;
  readonly path: string;
  readonly format: Format;
  readonly text: string;
  readonly ada: Change;
  readonly bob: Change;
  /** Made of the same version as ada's. */
  readonly cem: Change;
  /** The place of the clash, for people. */
  readonly place: string;
}

export const realConfigs: readonly RealConfig[] = [
  {
    title: 'nginx',
    path: 'web/nginx.conf',
    format: 'text',
    text: `worker_processes auto;
events {
    worker_connections 1024;
}
http {
    # what customers see
    server {
        listen 80;
        server_name shop.example.com;
        location / {
            proxy_pass http://shop:8080;
            proxy_read_timeout 30s;
        }
    }
}
`,
    ada: ['listen 80;', 'listen 8080;'],
    bob: ['proxy_read_timeout 30s;', 'proxy_read_timeout 60s;'],
    cem: ['listen 80;', 'listen 443 ssl;'],
    place: 'line 8',
  },
  {
    title: 'Spring properties',
    path: 'shop/application.properties',
    format: 'properties',
    text: `# Shop, production
server.port=8080
spring.datasource.url=jdbc:postgresql://db:5432/shop
spring.datasource.hikari.maximum-pool-size = 10

! levels
logging.level.org.example=INFO
greeting=Hello, \\
    world \\u00e4
`,
    ada: ['server.port=8080', 'server.port=9090'],
    bob: ['logging.level.org.example=INFO', 'logging.level.org.example=DEBUG'],
    cem: ['server.port=8080', 'server.port=7070'],
    place: '["server.port"]',
  },
  {
    title: 'Prometheus',
    path: 'monitoring/prometheus.yml',
    format: 'yaml',
    text: `global:
  scrape_interval: 15s # default
  evaluation_interval: 15s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ['node:9100']
  - job_name: shop
    metrics_path: /metrics
    static_configs:
      - targets: ['shop:8080']
`,
    ada: ['scrape_interval: 15s', 'scrape_interval: 30s'],
    bob: ["targets: ['shop:8080']", "targets: ['shop:8080', 'shop:8081']"],
    cem: ['scrape_interval: 15s', 'scrape_interval: 60s'],
    place: 'global.scrape_interval',
  },
  {
    title: 'Grafana ini',
    path: 'monitoring/grafana.ini',
    format: 'ini',
    text: `app_mode = production

[server]
# The http port
http_port = 3000
;domain = localhost
root_url = %(protocol)s://%(domain)s:%(http_port)s/

[auth.anonymous]
enabled = false

[users]
allow_sign_up = false ; nobody
`,
    ada: ['http_port = 3000', 'http_port = 3001'],
    bob: ['[auth.anonymous]\nenabled = false', '[auth.anonymous]\nenabled = true'],
    cem: ['http_port = 3000', 'http_port = 80'],
    place: 'server.http_port',
  },
  {
    title: 'a script',
    path: 'jobs/backup.sh',
    format: 'text',
    text: `#!/bin/sh
set -eu

stamp=$(date +%F)
pg_dump "$DATABASE_URL" > "/backup/$stamp.sql"
find /backup -name '*.sql' -mtime +14 -delete
echo "done: $stamp"
`,
    ada: ['set -eu', 'set -euo pipefail'],
    bob: ['-mtime +14', '-mtime +30'],
    cem: ['set -eu', 'set -ex'],
    place: 'line 2',
  },
  {
    title: 'an env file',
    path: 'shop/production.env',
    format: 'env',
    text: `# Shop, production
PORT=8080
DATABASE_URL='postgresql://shop@db:5432/shop?sslmode=require'
GREETING="Hello, \\"world\\""

# cache
REDIS_URL=redis://cache:6379/0
`,
    ada: ['PORT=8080', 'PORT=9090'],
    bob: ['REDIS_URL=redis://cache:6379/0', 'REDIS_URL=redis://cache:6379/1'],
    cem: ['PORT=8080', 'PORT=80'],
    place: 'PORT',
  },
  {
    title: 'TOML of a Rust service',
    path: 'ledger/settings.toml',
    format: 'toml',
    text: `title = "ledger"

[server]
bind = "0.0.0.0:8080" # behind the proxy
workers = 4

[database]
url = "postgres://ledger@db/ledger"
pool = { min = 2, max = 10 }

[[sinks]]
name = "kafka"
brokers = ["kafka-0:9092", "kafka-1:9092"]

[[sinks]]
name = "file"
path = '/var/log/ledger.log'
`,
    ada: ['workers = 4', 'workers = 8'],
    bob: ["path = '/var/log/ledger.log'", "path = '/data/ledger.log'"],
    cem: ['workers = 4', 'workers = 16'],
    place: 'server.workers',
  },
  {
    title: 'JSON with comments',
    path: 'web/tsconfig.jsonc',
    format: 'jsonc',
    text: `{
  // for Node and the browser
  "compilerOptions": {
    "target": "es2022", // as old as we go
    "strict": true,
    /* paths */
    "baseUrl": ".",
  },
  "include": ["src"]
}
`,
    ada: ['"target": "es2022"', '"target": "es2024"'],
    bob: ['"include": ["src"]', '"include": ["src", "test"]'],
    cem: ['"target": "es2022"', '"target": "es2023"'],
    place: 'compilerOptions.target',
  },
  {
    title: 'XML',
    path: 'shop/logback.xml',
    format: 'text',
    text: `<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%d %level %logger - %msg%n</pattern>
    </encoder>
  </appender>
  <logger name="org.example" level="info"/>
  <root level="warn">
    <appender-ref ref="STDOUT"/>
  </root>
</configuration>
`,
    ada: ['<root level="warn">', '<root level="error">'],
    bob: ['<pattern>%d %level', '<pattern>%date %level'],
    cem: ['<root level="warn">', '<root level="info">'],
    place: 'line 9',
  },
  {
    title: 'fluent-bit',
    path: 'logging/fluent-bit.conf',
    format: 'text',
    text: `[SERVICE]
    Flush        1
    Log_Level    info

[INPUT]
    Name         tail
    Path         /var/log/containers/*.log

[OUTPUT]
    Name         es
    Host         es
    Retry_Limit  False
`,
    ada: ['Log_Level    info', 'Log_Level    warn'],
    bob: ['Host         es', 'Host         es.logging'],
    cem: ['Log_Level    info', 'Log_Level    debug'],
    place: 'line 3',
  },
];

/** The text after a change; throws unless its place stands there once. */
export function changed(text: string, [from, to]: Change): string {
  if (text.split(from).length !== 2) throw new Error(`${from} does not stand once in the text`);
  return text.replace(from, () => to);
}
