"""one ledger of outside effects

Revision ID: 8d1f0c6b27e4
Revises: f18fb87bc457

What messages and proposals knew of their way out moves into `effect`, and back. Data of every store moves at once, so it moves under the
role that sees every store.
"""

import sqlalchemy as sa
from alembic import op

from luxebrain.crypto import new_id

revision = '8d1f0c6b27e4'
down_revision = 'f18fb87bc457'
branch_labels = None
depends_on = None
# The version before sends from the columns that go: what it sent meanwhile would be sent again.
online = False

# A message's effect has its number. What was being sent becomes unknown at the next claim, as it would have.
MESSAGES_UP = """
insert into effect (store_id, id, kind, key, state, fence, attempts, retry_at, outcome, created_at, attempted_at, unknown_at, changed_at)
select m.store_id, m.id, 'campaigns.send', m.id::text,
    case m.state when 'queued' then 'pending' when 'sending' then 'attempted' when 'sent' then 'accepted' when 'failed' then 'refused'
        when 'suppressed' then 'withdrawn' else 'unknown' end,
    m.fence, m.attempts, case when m.state in ('queued', 'sending') then m.retry_at end, m.outcome,
    coalesce(c.started_at, m.changed_at), case when m.attempts > 0 then m.changed_at end,
    case when m.state = 'unknown' then m.changed_at end, m.changed_at
from message m join campaign c on c.store_id = m.store_id and c.id = m.campaign_id
"""
MESSAGES_DOWN = """
update message m set fence = e.fence, attempts = e.attempts, retry_at = coalesce(e.retry_at, e.changed_at), outcome = e.outcome,
    changed_at = e.changed_at,
    state = case e.state when 'pending' then 'queued' when 'attempted' then 'sending' when 'accepted' then 'sent' when 'refused' then 'failed'
        when 'withdrawn' then 'suppressed' when 'unknown' then 'unknown' else case when e.is_there then 'sent' else 'failed' end end
from effect e where e.store_id = m.store_id and e.id = m.id and e.kind = 'campaigns.send'
"""
# Each way of a proposal that was asked for. One that was given up on while nobody knew says where to look.
WAYS = """
select p.*, 'write' as way,
    case when p.state in ('applied', 'rolling_back', 'rolled_back') or is_written then 'accepted' when p.state = 'approved' then 'pending'
        when p.state = 'pushing' then 'attempted' when p.outcome like '%Look in your store which price it has.' then 'unknown'
        else 'refused' end as effect_state
from (select *, exists (select from price_change c where c.store_id = proposal.store_id and c.proposal_id = proposal.id) as is_written
    from proposal) p
where p.state in ('approved', 'pushing', 'applied', 'failed', 'rolling_back', 'rolled_back')
union all
select p.*, 'back' as way,
    case when p.state = 'rolled_back' then 'accepted' when p.state = 'rolling_back' and p.attempts = 0 then 'pending'
        when p.state = 'rolling_back' then 'attempted' when p.outcome like '%Look in your store which price it has.' then 'unknown'
        else 'refused' end as effect_state
from (select *, exists (select from price_change c where c.store_id = proposal.store_id and c.proposal_id = proposal.id) as is_written
    from proposal) p
where p.state in ('rolling_back', 'rolled_back') or (p.state = 'failed' and is_written)
"""
PROPOSALS_UP = f"""
insert into effect (store_id, id, kind, key, state, attempts, retry_at, outcome, created_at, attempted_at, unknown_at, changed_at)
select w.store_id, :base + row_number() over (order by w.store_id, w.id, w.way desc), 'prices.push', w.id || ' ' || w.way, w.effect_state,
    case when w.effect_state = 'accepted' then greatest(w.attempts, 1) else w.attempts end,
    case when w.effect_state in ('pending', 'attempted') then w.retry_at end,
    case when w.effect_state = 'accepted' then '' else w.outcome end, w.created_at,
    case when w.effect_state <> 'pending' then w.changed_at end, case when w.effect_state = 'unknown' then w.changed_at end, w.changed_at
from ({WAYS}) w
"""
PROPOSALS_NAME_IT = """
update proposal p set effect_id = (select e.id from effect e where e.store_id = p.store_id and e.kind = 'prices.push'
    and e.key in (p.id || ' write', p.id || ' back') order by e.key limit 1)
where p.state in ('approved', 'pushing', 'applied', 'failed', 'rolling_back', 'rolled_back')
"""
PROPOSALS_DOWN = """
update proposal p set attempts = e.attempts, retry_at = coalesce(e.retry_at, e.changed_at),
    outcome = case when p.outcome = '' and p.state in ('approved', 'rolling_back') then e.outcome else p.outcome end,
    state = case when p.state = 'approved' and e.state <> 'pending' then 'pushing' else p.state end
from effect e where e.store_id = p.store_id and e.id = p.effect_id
"""


def upgrade():
    op.create_table('effect',
    sa.Column('store_id', sa.BigInteger(), server_default=sa.text("current_setting('app.store_id')::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('fence', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('retry_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=True),
    sa.Column('outcome', sa.Text(), server_default='', nullable=False),
    sa.Column('is_there', sa.Boolean(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('attempted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unknown_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(state = 'resolved') = (is_there is not null)", name=op.f('ck_effect_resolved_one_way')),
    sa.PrimaryKeyConstraint('store_id', 'id', name=op.f('pk_effect'))
    )
    op.protect_table('effect')
    op.add_column('proposal', sa.Column('effect_id', sa.BigInteger(), nullable=True))
    op.create_index('uq_effect_key', 'effect', ['store_id', 'kind', 'key'], unique=True)  # proposals find theirs by it
    _in_every_store(sa.text(MESSAGES_UP), sa.text(PROPOSALS_UP).bindparams(base=new_id()), sa.text(PROPOSALS_NAME_IT),
        sa.text("update proposal set state = 'approved' where state = 'pushing'"),
        sa.text("update proposal set outcome = '' where state in ('approved', 'rolling_back')"))
    op.create_index('ix_effect_open', 'effect', ['store_id', 'kind', 'id'], unique=False, postgresql_where=sa.text("state in ('pending', 'attempted', 'unknown')"))
    op.drop_index('ix_proposal_open', table_name='proposal', postgresql_where=sa.text("state in ('approved', 'pushing', 'rolling_back')"))
    op.create_index('ix_proposal_open', 'proposal', ['store_id', 'id'], unique=False, postgresql_where=sa.text("state in ('approved', 'rolling_back')"))
    op.drop_column('proposal', 'attempts')
    op.drop_column('proposal', 'retry_at')
    op.drop_index('ix_message_open', table_name='message', postgresql_where=sa.text("state in ('queued', 'sending')"))
    for name in ('state', 'fence', 'attempts', 'retry_at', 'outcome', 'changed_at'):
        op.drop_column('message', name)


def downgrade():
    op.add_column('message', sa.Column('state', sa.Text(), server_default='queued', nullable=False))
    op.add_column('message', sa.Column('fence', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('message', sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('message', sa.Column('retry_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    op.add_column('message', sa.Column('outcome', sa.Text(), server_default='', nullable=False))
    op.add_column('message', sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    op.add_column('proposal', sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('proposal', sa.Column('retry_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    _in_every_store(sa.text(MESSAGES_DOWN), sa.text(PROPOSALS_DOWN))
    op.create_index('ix_message_open', 'message', ['store_id', 'id'], unique=False, postgresql_where=sa.text("state in ('queued', 'sending')"))
    op.drop_index('ix_proposal_open', table_name='proposal', postgresql_where=sa.text("state in ('approved', 'rolling_back')"))
    op.create_index('ix_proposal_open', 'proposal', ['store_id', 'id'], unique=False, postgresql_where=sa.text("state in ('approved', 'pushing', 'rolling_back')"))
    op.drop_column('proposal', 'effect_id')
    op.drop_table('effect')


def _in_every_store(*statements):
    op.execute("set local role luxebrain_everywhere")
    for statement in statements:
        op.execute(statement)
    op.execute("reset role")
