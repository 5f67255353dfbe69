"""training parts forecasts and values

Revision ID: 60bceb88892d
Revises: 209c1ddf5954

Cards of recommendation models become cards of a run that was done, and back.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '60bceb88892d'
down_revision = '209c1ddf5954'
branch_labels = None
depends_on = None
# The version before writes the column that goes.
online = False

RUNS = """
insert into training_run (store_id, id, state, started_at, finished_at)
select store_id, id, 'done', trained_at, trained_at from recommendation_model
"""
PARTS = """
insert into training_part (store_id, run_id, engine, position, state, attempts, finished_at, card)
select store_id, id, 'recommendations', 0, 'done', 1, trained_at, card from recommendation_model
"""
CARDS = """
update recommendation_model m set card = p.card from training_part p
where p.store_id = m.store_id and p.engine = 'recommendations' and p.state = 'done' and p.finished_at = m.trained_at
"""
MADE_UP_RUNS = "delete from training_run r using recommendation_model m where m.store_id = r.store_id and m.id = r.id"


def upgrade():
    op.create_table('product_forecast',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('product_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('first_week', sa.Date(), nullable=False),
    sa.Column('mean', postgresql.ARRAY(sa.Double()), nullable=False),
    sa.Column('lower', postgresql.ARRAY(sa.Double()), nullable=False),
    sa.Column('upper', postgresql.ARRAY(sa.Double()), nullable=False),
    sa.Column('on_hand', sa.BigInteger(), nullable=True),
    sa.Column('sold_out_on', sa.Date(), nullable=True),
    sa.Column('reorder_point', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('store_id', 'product_id', name=op.f('pk_product_forecast'))
    )
    op.protect_table('product_forecast')
    op.create_index('ix_product_forecast_sold_out', 'product_forecast', ['store_id', 'sold_out_on'], unique=False)
    op.create_table('contact_value',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('contact_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('orders', sa.Double(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('lower', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('upper', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('probability_alive', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['store_id', 'contact_id'], ['contact.store_id', 'contact.id'], name=op.f('fk_contact_value_store_id_contact_id_contact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('store_id', 'contact_id', name=op.f('pk_contact_value'))
    )
    op.protect_table('contact_value')
    op.create_table('training_part',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('run_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('engine', sa.Text(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('state', sa.Text(), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('card', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['store_id', 'run_id'], ['training_run.store_id', 'training_run.id'], name=op.f('fk_training_part_store_id_run_id_training_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('store_id', 'run_id', 'engine', name=op.f('pk_training_part'))
    )
    op.protect_table('training_part')
    op.create_index('ix_training_part_cards', 'training_part', ['store_id', 'engine', 'finished_at'], unique=False, postgresql_where=sa.text("state = 'done'"))
    _in_every_store(RUNS, PARTS)
    op.drop_column('recommendation_model', 'card')


def downgrade():
    op.add_column('recommendation_model', sa.Column('card', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))
    _in_every_store(CARDS, MADE_UP_RUNS)
    op.alter_column('recommendation_model', 'card', server_default=None)
    op.drop_index('ix_training_part_cards', table_name='training_part', postgresql_where=sa.text("state = 'done'"))
    op.drop_table('training_part')
    op.drop_table('contact_value')
    op.drop_index('ix_product_forecast_sold_out', table_name='product_forecast')
    op.drop_table('product_forecast')


def _in_every_store(*statements):
    op.execute("set local role luxebrain_everywhere")
    for statement in statements:
        op.execute(statement)
    op.execute("reset role")
