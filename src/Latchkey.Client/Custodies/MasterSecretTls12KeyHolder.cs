using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The key server has private value and premaster secret and gives out the master secret (K3b, K4), with the session's state where one is to be sealed here (R7).</summary>
internal sealed class MasterSecretTls12KeyHolder(KeyServerClient client, HandshakeFacts facts, EdgeSealedSessions? sessions) : KeyServerTls12KeyHolder(client, facts)
{
    public override async ValueTask<Tls12Secrets> AgreeAsync(Tls12Agreement agreement, CancellationToken cancellationToken)
    {
        var session = sessions is null ? null : agreement.Session;
        // The identifier is for this side alone: the state comes here either way.
        using var reply = await Questions.AgreeAsync(KeyExchangeLevel.MasterSecret, State, agreement, session is null ? null : session with { SessionIdentifier = default }, cancellationToken);
        return Read(reply.Span, session is null ? null : encoded => sessions!.Keep(encoded, session, Facts.Crypto));
    }

    private LocalTls12Secrets Read(ReadOnlySpan<byte> payload, Func<SecretBytes, ReadOnlyMemory<byte>>? keep)
    {
        if (!MasterSecretReply.TryRead(payload, out var reply))
            throw Questions.NotAnAnswer("agree key exchange");
        using var state = SecretBytes.CopyOf(reply.Session);
        return new LocalTls12Secrets(Facts.Crypto, Facts.CipherSuite, SecretBytes.CopyOf(reply.MasterSecret), Facts.ClientHello.Random.Span, ServerRandom.Span)
        {
            RenewedTicket = keep is null || state.Length == 0 ? default : keep(state),
        };
    }
}
