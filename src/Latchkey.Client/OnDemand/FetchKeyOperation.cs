using System.Buffers.Binary;
using Latchkey.Client.Links;
using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.OnDemand;

/// <summary>
/// Asks for the key of a handshake's certificate and opens what comes: with a pair made for each attempt, because a grant belongs to one connection. The reply's payload is then the seconds
/// granted, its secret the PKCS#8.
/// </summary>
internal readonly struct FetchKeyOperation(HandshakeFacts handshake, uint seconds) : IKeyOperation
{
    public string Name => "fetch key";

    public bool IsStructured => true;

    public bool MayRace => false; // one key server is enough to know of where the key is

    public string? Fault(in KeylessReply reply) => null;

    public async ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (connection.Capabilities is { } peer && !peer.Features.HasFlag(PeerFeatures.FetchKey))
            return new KeylessReply(KeylessError.BadOpcode, default);
        var crypto = handshake.Crypto;
        var pair = SealedReply.CreatePair(crypto);
        var self = this;
        return await AskAsync(connection, pair, timeout, cancellationToken).OpenedAsync(reply => self.Opened(connection, pair, reply), pair);
    }

    private KeylessReply Opened(KeyServerConnection connection, KeyExchange pair, in KeylessReply reply) => !reply.IsSuccess
        ? reply
        : Open(connection, pair, reply.Payload.Span)
            ?? throw new KeyServerException($"Key server {connection.EndPoint} sent a key that is not sealed to this connection.", KeyServerFailure.ProtocolViolation);

    private ValueTask<KeylessReply> AskAsync(KeyServerConnection connection, KeyExchange pair, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var arguments = new FieldWriter(256);
        new FetchKeyRequest { Seconds = seconds, Group = (ushort)pair.Group, PublicValue = pair.PublicValue.Span }.Write(ref arguments);
        return connection.AskAsync(KeyIdentity.Of(handshake.Certificate), Opcode.FetchKey, arguments.Written, RequestOrigin.Of(handshake), secret: false, timeout, cancellationToken);
    }

    private KeylessReply? Open(KeyServerConnection connection, KeyExchange pair, ReadOnlySpan<byte> payload)
    {
        if (!FetchKeyReply.TryRead(payload, out var reply) || reply.Seconds > seconds || connection.Binding.IsEmpty)
            return null;
        using var shared = pair.DeriveSharedSecret(reply.PublicValue);
        if (shared is null)
            return null;
        var terms = new KeyGrantTerms
        {
            Link = connection.Binding.Span,
            Key = KeyIdentity.Of(handshake.Certificate).SubjectKeyIdentifier,
            Seconds = reply.Seconds,
            KeyServerValue = reply.PublicValue,
            EdgeValue = pair.PublicValue.Span,
        };
        if (KeyGrant.TryOpen(handshake.Crypto, shared, terms, reply.Box) is not { } pkcs8)
            return null;
        var granted = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(granted, reply.Seconds);
        return new KeylessReply(KeylessError.None, granted, pkcs8);
    }
}
