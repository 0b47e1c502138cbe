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
internal sealed class RemoteTls13KeyHolder(KeyServerClient client, HandshakeFacts facts) : Tls13KeyHolder
{
    private readonly Tls13Questions _questions = new(client, facts);
    private readonly int _size = facts.CipherSuite.Digest().SizeInBytes();
    private byte[] _clientVerifyData = [];
    private List<Tls13Ticket> _tickets = [];

    public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
    {
        using var payload = await _questions.AnswerAsync(question, Tls13Level.TrafficSecrets, cancellationToken);
        var reply = _questions.Read(payload, question);
        var answer = reply.Answer;
        if (answer.Secret.Length != 4 * _size || answer.ServerVerifyData.Length != _size || answer.ClientVerifyData.Length != (question.AsksForClientCertificate ? 0 : _size))
            throw _questions.Broken();
        _clientVerifyData = answer.ClientVerifyData.ToArray();
        _tickets = Tickets(answer.Tickets);
        return new Tls13Answer
        {
            ServerShare = answer.ServerShare.ToArray(),
            ClientHandshakeTraffic = SecretBytes.CopyOf(answer.Secret[.._size]),
            ServerHandshakeTraffic = SecretBytes.CopyOf(answer.Secret[_size..(2 * _size)]),
            Signature = reply.Signature.ToArray(),
            VerifyData = answer.ServerVerifyData.ToArray(),
            ClientTraffic = SecretBytes.CopyOf(answer.Secret[(2 * _size)..(3 * _size)]),
            ServerTraffic = SecretBytes.CopyOf(answer.Secret[(3 * _size)..]),
        };
    }

    public override ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken) =>
        ValueTask.FromResult(CryptographicOperations.FixedTimeEquals(_clientVerifyData, verifyData.Span));

    public override ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Tls13Ticket>>(_tickets);

    public override void Dispose()
    {
        // The answer's receiver disposes its secrets; nothing secret stays here.
    }

    private static List<Tls13Ticket> Tickets(ReadOnlySpan<byte> encoded)
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
