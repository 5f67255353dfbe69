"""certificates of the copy

Revision ID: f60d47edce64
Revises: 8d1f0c6b27e4
"""

import sqlalchemy as sa
from alembic import op

revision = 'f60d47edce64'
down_revision = '8d1f0c6b27e4'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('certificate',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('state', sa.Text(), server_default='running', nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('retry_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('store_id', 'id', name=op.f('pk_certificate'))
    )
    op.protect_table('certificate')
    op.create_index('uq_certificate_running', 'certificate', ['store_id'], unique=True, postgresql_where=sa.text("state = 'running'"))
    op.create_table('certificate_day',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('certificate_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_rows', sa.BigInteger(), nullable=False),
    sa.Column('store_checksum', sa.Numeric(precision=40, scale=0), nullable=False),
    sa.Column('our_rows', sa.BigInteger(), nullable=False),
    sa.Column('our_checksum', sa.Numeric(precision=40, scale=0), nullable=False),
    sa.ForeignKeyConstraint(['store_id', 'certificate_id'], ['certificate.store_id', 'certificate.id'], name=op.f('fk_certificate_day_store_id_certificate_id_certificate'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('store_id', 'certificate_id', 'entity', 'day', name=op.f('pk_certificate_day'))
    )
    op.protect_table('certificate_day')
    op.create_table('certificate_part',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('certificate_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('cursor', sa.Text(), nullable=True),
    sa.Column('total', sa.BigInteger(), nullable=True),
    sa.Column('done', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('healed', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('set_aside', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('unsettled', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['store_id', 'certificate_id'], ['certificate.store_id', 'certificate.id'], name=op.f('fk_certificate_part_store_id_certificate_id_certificate'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('store_id', 'certificate_id', 'entity', name=op.f('pk_certificate_part'))
    )
    op.protect_table('certificate_part')
    op.create_table('healing',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('certificate_id', sa.BigInteger(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('platform_id', sa.BigInteger(), nullable=False),
    sa.Column('drift', sa.Text(), nullable=False),
    sa.Column('healed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['store_id', 'certificate_id'], ['certificate.store_id', 'certificate.id'], name=op.f('fk_healing_store_id_certificate_id_certificate'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('store_id', 'id', name=op.f('pk_healing'))
    )
    op.protect_table('healing')


def downgrade():
    op.drop_table('healing')
    op.drop_table('certificate_part')
    op.drop_table('certificate_day')
    op.drop_index('uq_certificate_running', table_name='certificate', postgresql_where=sa.text("state = 'running'"))
    op.drop_table('certificate')
