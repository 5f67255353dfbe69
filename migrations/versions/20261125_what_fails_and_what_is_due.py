"""what fails and what is due: failures of leases, deaths of deliveries, the timetable

Revision ID: f18fb87bc457
Revises: 49ecbacf5823
"""

import sqlalchemy as sa
from alembic import op


revision = 'f18fb87bc457'
down_revision = '49ecbacf5823'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('scheduled_task',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_scheduled_task'))
    )
    op.add_column('delivery', sa.Column('deaths', sa.SmallInteger(), server_default='0', nullable=False))
    op.drop_index(op.f('ix_delivery_waiting'), table_name='delivery', postgresql_where="(state = 'waiting'::text)")
    op.create_index('ix_delivery_open', 'delivery', ['store_id', 'id'], unique=False, postgresql_where=sa.text("state in ('waiting', 'applying')"))
    op.add_column('lease', sa.Column('failures', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('lease', sa.Column('error', sa.Text(), server_default='', nullable=False))
    op.add_column('lease', sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('lease', sa.Column('parked_at', sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.execute("set local role luxebrain_everywhere")
    op.execute("update delivery set state = 'waiting' where state = 'applying'")
    op.execute("reset role")
    op.drop_column('lease', 'parked_at')
    op.drop_column('lease', 'retry_at')
    op.drop_column('lease', 'error')
    op.drop_column('lease', 'failures')
    op.drop_index('ix_delivery_open', table_name='delivery', postgresql_where=sa.text("state in ('waiting', 'applying')"))
    op.create_index(op.f('ix_delivery_waiting'), 'delivery', ['store_id', 'id'], unique=False, postgresql_where="(state = 'waiting'::text)")
    op.drop_column('delivery', 'deaths')
    op.drop_table('scheduled_task')
