from django.urls.resolvers import URLPattern

app_name = "rooms"
urlpatterns: list[URLPattern] = []
