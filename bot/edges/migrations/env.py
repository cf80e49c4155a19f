"""What alembic runs to bring the connection that it was given to the current schema."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
