using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>
/// Custody <c>session-keys</c> in TLS 1.3: this connection's traffic secrets, both Finished values and the tickets come in one round trip; no secret from which
/// anything else follows does (X2, F2, F3, R4).
/// </summary>
internal abstract class TrafficTls13KeyHolder(KeyServerClient client, HandshakeFacts facts) : Tls13KeyHolder
{
    private readonly int _size = facts.CipherSuite.Digest().SizeInBytes();
    private byte[] _clientVerifyData = [];
    private byte[] _state = [];
    private List<Tls13Ticket> _tickets = [];

    /// <summary>To the key server.</summary>
    protected Tls13Questions Questions { get; } = new(client, facts);

    /// <summary>Compares with what the key server foretold; a client that was asked for a certificate costs a second question.</summary>
    public override async ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken)
    {
        if (_state.Length == 0)
            return CryptographicOperations.FixedTimeEquals(_clientVerifyData, verifyData.Span);
        using var payload = await Questions.VerifyFinishedAsync(_state, transcript, verifyData, cancellationToken);
        if (!VerifyFinishedReply.TryRead(payload.Span, out var reply))
            throw Questions.Broken();
        _tickets = Read(reply.Tickets);
        return reply.IsRight;
    }

    /// <summary>Those that have come already.</summary>
    public override ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Tls13Ticket>>(_tickets);

    /// <summary>The answer's receiver disposes its secrets; nothing secret stays here.</summary>
    public override void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Keeps what is for later and hands on the rest.</summary>
    protected Tls13Answer Take(scoped in Tls13AnswerFields fields, Tls13Question question, ReadOnlySpan<byte> signature, SessionFacts? resumed)
    {
        if (fields.Secret.Length != 4 * _size || fields.ServerVerifyData.Length != _size
            || fields.ClientVerifyData.Length != (question.AsksForClientCertificate ? 0 : _size) || fields.State.IsEmpty == question.AsksForClientCertificate)
        {
            throw Questions.Broken();
        }
        _clientVerifyData = fields.ClientVerifyData.ToArray();
        _state = fields.State.ToArray();
        _tickets = Read(fields.Tickets);
        return new Tls13Answer
        {
            ServerShare = fields.ServerShare.ToArray(),
            ClientHandshakeTraffic = SecretBytes.CopyOf(fields.Secret[.._size]),
            ServerHandshakeTraffic = SecretBytes.CopyOf(fields.Secret[_size..(2 * _size)]),
            Signature = signature.ToArray(),
            VerifyData = fields.ServerVerifyData.ToArray(),
            ClientTraffic = SecretBytes.CopyOf(fields.Secret[(2 * _size)..(3 * _size)]),
            ServerTraffic = SecretBytes.CopyOf(fields.Secret[(3 * _size)..]),
            Resumed = resumed,
        };
    }

    private static List<Tls13Ticket> Read(ReadOnlySpan<byte> encoded)
    {
        var tickets = new List<Tls13Ticket>();
        var reader = new FieldReader(encoded);
        while (!reader.IsAtEnd)
        {
            var ticket = Tls13TicketFields.Read(ref reader);
            tickets.Add(new Tls13Ticket(ticket.Ticket.ToArray(), ticket.Nonce.ToArray(), ticket.AgeAdd, TimeSpan.FromSeconds(ticket.LifetimeSeconds), (int)ticket.MaxEarlyData));
        }

        return tickets;
    }
}
