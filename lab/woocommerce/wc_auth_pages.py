"""The three pages of the consent screen, as Jinja text: short, so they stand beside the code that fills them."""

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow"><title>{{ title }}</title><style>
body { margin: 0; background: #f1f1f1; color: #3c434a; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 8vh auto; padding: 2rem; background: #fff; border: 1px solid #dcdcde; border-radius: 8px; }
h1 { margin: 0 0 1rem; font-size: 1.3rem; color: #1d2327; } .quiet { color: #646970; font-size: .9rem; }
label { display: block; margin: .8rem 0 .2rem; } input { width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; border: 1px
solid #8c8f94; }
.buttons { display: flex; gap: .8rem; margin-top: 1.4rem; } .button { flex: 1; padding: .7rem; border: 1px solid #7f54b3; border-radius:
4px; font: inherit;
text-align: center; text-decoration: none; color: #7f54b3; background: #fff; cursor: pointer; } .main { background: #7f54b3; color: #fff; }
.error { border-left: 4px solid #d63638; padding: .5rem .8rem; background: #fcf0f1; } footer { margin-top: 1.5rem; border-top: 1px solid
#dcdcde; }
</style></head><body><main>"""

DENIED_PAGE = (
    "{% set title = 'Access denied' %}"
    + HEAD
    + """<h1>Access denied</h1>
<p class="error">Error: {{ reason }}</p><p class="quiet">{{ store_name }}</p></main></body></html>"""
)

LOGIN_PAGE = (
    "{% set title = 'Application authentication request' %}"
    + HEAD
    + """<h1>{{ asked.app_name }} would like to connect to your store</h1>
{% if error %}<p class="error">Error: {{ error }}</p>{% endif %}
<p>To connect to {{ asked.app_name }} you need to be logged in. Log in to your store below, or
<a href="{{ cancel }}">cancel and return to {{ asked.app_name }}</a></p>
<form method="post"><label for="username">Username or email address</label>
<input id="username" name="username" autocomplete="username" value="{{ request.form.get('username', '') }}" required autofocus>
<label for="password">Password</label><input id="password" type="password" name="password" autocomplete="current-password" required>
<input type="hidden" name="woocommerce-login-nonce" value="{{ nonce }}"><input type="hidden" name="redirect" value="{{ again }}">
<div class="buttons"><button class="button main" name="login" value="Login">Login</button></div></form></main></body></html>"""
)

APPROVE_PAGE = (
    "{% set title = 'Application authentication request' %}"
    + HEAD
    + """<h1>{{ asked.app_name }} would like to connect to your store</h1>
<p>This will give "<strong>{{ asked.app_name }}</strong>" <strong>{{ access }}</strong> access which will allow it to:</p>
<ul>{% for grant in grants %}<li>{{ grant }}</li>{% endfor %}</ul>
<p>Approving will share credentials with {{ host }}. Do not proceed if this looks suspicious in any way.</p>
<div class="buttons"><a class="button main wc-auth-approve" href="{{ approve }}">Approve</a>
<a class="button wc-auth-deny" href="{{ deny }}">Deny</a></div>
<footer class="quiet"><p>Logged in as {{ user.username }} · <a href="{{ log_out }}">Logout</a></p></footer></main></body></html>"""
)
