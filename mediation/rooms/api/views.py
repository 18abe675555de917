"""The room's verbs by REST, for whoever cannot hold a socket open; the same services answer."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mediation.accounts.api import PersonView
from mediation.accounts.models import User
from mediation.core import api
from mediation.core.api import CONFLICT, WRONG
from mediation.rooms import access, selectors, services
from mediation.rooms.models import Room
from mediation.rooms.selectors import Held, Posted
from mediation.rooms.serializers import (
    CorrectionSerializer,
    HeldSerializer,
    MessageListSerializer,
    MessageQuerySerializer,
    MessageSerializer,
    NewMessageSerializer,
    RoomSerializer,
    TakeBackSerializer,
)
from mediation.rooms.services.looking import note_room_look

REFUSALS = {400: WRONG, **api.REFUSALS}


class RoomView(PersonView):
    """A resource for people in a case, who call it with their browser's session."""

    def room(self, room_id: UUID) -> Room:
        return get_object_or_404(access.rooms_visible_to(self.person()), pk=room_id)


class RoomList(RoomView):
    @extend_schema(
        operation_id="listRooms",
        summary="The rooms of a case this person may see",
        responses={200: RoomSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, case_id: UUID) -> Response:
        rooms = access.rooms_visible_to(self.person()).filter(case=case_id)
        if not rooms:
            raise Http404
        return Response(RoomSerializer(rooms, many=True).data)


class MessageList(RoomView):
    @extend_schema(
        operation_id="listMessages",
        summary="What follows a number in a room: messages and corrections, oldest first",
        parameters=[MessageQuerySerializer],
        responses={200: MessageListSerializer, **REFUSALS},
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        room = self.room(room_id)
        query = MessageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        note_room_look(actor=self.person(), room=room)
        found = selectors.messages_after(self.person(), room, asked["after"], asked["limit"])
        return Response(MessageListSerializer({"head": room.head, "results": found}).data)

    @extend_schema(
        operation_id="postMessage",
        summary="Write a message; the same client_id again changes nothing (then 200)",
        request=NewMessageSerializer,
        responses={
            200: MessageSerializer,
            201: MessageSerializer,
            202: OpenApiResponse(HeldSerializer, "It waits for the mediator, who reads first."),
            409: CONFLICT,
            **REFUSALS,
        },
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        room = self.room(room_id)
        written = NewMessageSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        posted = services.post_message(actor=self.person(), room=room, **written.validated_data)
        if isinstance(posted, Held):
            return Response(HeldSerializer(posted).data, status=202)
        return _answer(self.person(), room, posted, 201 if posted.is_new else 200)


class MessageDetail(RoomView):
    @extend_schema(
        operation_id="correctMessage",
        summary="Correct a message of one's own within a minute; the text it had is destroyed",
        request=CorrectionSerializer,
        responses={200: MessageSerializer, 409: CONFLICT, **REFUSALS},
    )
    def patch(self, request: Request, room_id: UUID, sequence: int) -> Response:
        room = self.room(room_id)
        written = CorrectionSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        posted = services.edit_message(
            actor=self.person(), room_id=room.pk, sequence=sequence, **written.validated_data
        )
        return _answer(self.person(), room, posted, 200)


class TakeBack(RoomView):
    @extend_schema(
        operation_id="takeMessageBack",
        summary="Take back a message of one's own; its text is destroyed",
        request=TakeBackSerializer,
        responses={200: MessageSerializer, 409: CONFLICT, **REFUSALS},
    )
    def post(self, request: Request, room_id: UUID, sequence: int) -> Response:
        room = self.room(room_id)
        written = TakeBackSerializer(data=request.data)
        written.is_valid(raise_exception=True)
        posted = services.retract_message(
            actor=self.person(), room_id=room.pk, sequence=sequence, **written.validated_data
        )
        return _answer(self.person(), room, posted, 200)


def _answer(user: User, room: Room, posted: Posted, status: int) -> Response:
    """What is stored under the number now, and not what was sent."""
    (stored,) = selectors.messages_after(user, room, posted.sequence - 1, limit=1)
    return Response(MessageSerializer(stored).data, status=status)
