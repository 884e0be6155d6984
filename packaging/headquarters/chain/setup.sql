-- psql --file setup.sql, once, as the server's superuser. The first worker makes the tables, in a schema of its own.
CREATE ROLE tillside_hq LOGIN;
CREATE ROLE tillside_reader LOGIN;
CREATE DATABASE chain OWNER tillside_hq;
REVOKE CONNECT ON DATABASE chain FROM PUBLIC;
GRANT CONNECT ON DATABASE chain TO tillside_reader;
\connect chain
-- Training, `status` and Ibis read as tillside_reader and can change nothing.
ALTER DEFAULT PRIVILEGES FOR ROLE tillside_hq GRANT USAGE ON SCHEMAS TO tillside_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE tillside_hq GRANT SELECT ON TABLES TO tillside_reader;
