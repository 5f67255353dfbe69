"""widget events

Revision ID: 24c57ddbd480
Revises: 60bceb88892d
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '24c57ddbd480'
down_revision = '60bceb88892d'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('widget_cost',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('ms', sa.Double(), nullable=False),
    sa.Column('layout_shift', sa.Double(), nullable=False),
    sa.Column('measured_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('store_id', 'id', name=op.f('pk_widget_cost'))
    )
    op.protect_table('widget_cost')
    op.create_index('ix_widget_cost_measured_at', 'widget_cost', ['store_id', 'measured_at'], unique=False)
    op.create_table('widget_event',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('placement', sa.Text(), nullable=False),
    sa.Column('recommendation_id', sa.Text(), nullable=False),
    sa.Column('product_ids', postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('store_id', 'id', name=op.f('pk_widget_event'))
    )
    op.protect_table('widget_event')
    op.create_index('ix_widget_event_happened_at', 'widget_event', ['store_id', 'happened_at'], unique=False)


def downgrade():
    op.drop_index('ix_widget_event_happened_at', table_name='widget_event')
    op.drop_table('widget_event')
    op.drop_index('ix_widget_cost_measured_at', table_name='widget_cost')
    op.drop_table('widget_cost')
