"""An enterprise of WeCom (企业微信): its members' chats with our application, and its groups with robots."""
