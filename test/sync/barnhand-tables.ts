/**
 * BarnHand's table `horses`, in the two kinds that are about, and both together. Where there is no pgvector a domain stands for it.
 */
export const standIn = `CREATE DOMAIN public.vector AS text CHECK (VALUE ~ '^\\[[-0-9.e,]+\\]$')`

const streams = `CREATE TABLE streams (id uuid PRIMARY KEY, name text);
  CREATE TABLE farms (id uuid PRIMARY KEY, name text);`
const avatar =
  'avatar_thumbnail bytea CONSTRAINT check_avatar_size CHECK (octet_length(avatar_thumbnail) <= 102400)'
const official = 'is_official boolean DEFAULT false, made_official_at timestamptz, made_official_by uuid'
const common = `id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(255), first_detected timestamptz DEFAULT now(),
  last_seen timestamptz DEFAULT now(), total_detections integer DEFAULT 0, thumbnail_url text, metadata jsonb DEFAULT '{}'`
const toStream = 'uuid REFERENCES streams (id) ON DELETE CASCADE'

/** Of the platform. */
export const kindA = (vector: string) => `${streams} CREATE TABLE horses (${common}, tracking_id varchar(50),
  farm_id uuid REFERENCES farms (id), ui_color varchar(7), feature_vector ${vector}, confidence_score float,
  status varchar(20) DEFAULT 'active', breed text, age integer, color text, markings text, gender text,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now())`

/** Of the ML service. */
export const kindB = (
  vector: string,
) => `${streams} CREATE TABLE horses (${common}, tracking_id varchar(50) UNIQUE NOT NULL,
  stream_id ${toStream}, color_hex varchar(7), feature_vector ${vector}, track_confidence float DEFAULT 1.0,
  status varchar(20) DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'archived', 'deleted')))`

export const union = (vector: string) => `${kindB(vector)};
  ALTER TABLE horses ADD farm_id uuid REFERENCES farms (id), ADD ui_color varchar(7), ADD confidence_score float,
    ADD created_at timestamptz DEFAULT now(), ADD updated_at timestamptz DEFAULT now(), ADD ${avatar},
    ADD ${official.replaceAll(', made', ', ADD made')};`
