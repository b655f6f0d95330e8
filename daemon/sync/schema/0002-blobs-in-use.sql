-- Pictures that no row names any more are let go of. Whoever names one says so here in the same transaction, so that nobody takes it away
-- meanwhile; not each time, for a day or two do not matter beside the age at which they go.
ALTER TABLE barnbox.blobs ADD COLUMN used_at timestamptz NOT NULL DEFAULT now();

-- Roles that were made before may do so too.
DO $$
DECLARE who name;
BEGIN
  FOR who IN SELECT m.role FROM barnbox.members m JOIN pg_roles r ON r.rolname = m.role LOOP
    EXECUTE format('GRANT UPDATE (used_at), DELETE ON barnbox.blobs TO %I', who);
  END LOOP;
END $$;
