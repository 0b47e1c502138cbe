using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>A custody that keeps sessions as a far one does: it makes tickets of the offer in the question, and may decline.</summary>
internal sealed class KeptSessions(IHandshakeKey key) : Custody
{
    private readonly MemoryTickets _tickets = new();

    public override string Name => "kept";

    public override bool KeepsSessions => true;

    /// <summary>Whether sessions go on.</summary>
    public bool Declines { get; set; }

    /// <summary>Offers seen in questions.</summary>
    public List<SessionOffer?> Offers { get; } = [];

    public override Tls12KeyHolder BeginTls12(HandshakeFacts facts) => throw new NotSupportedException();

    public override Tls13KeyHolder BeginTls13(HandshakeFacts facts) => new Holder(this, _ => new LocalTls13KeyHolder(new LocalTls13Agreement(key, facts), facts));

    public override Tls13KeyHolder? BeginTls13Resumption(HandshakeFacts facts, int identity) => new Holder(this, async site =>
    {
        using var session = await _tickets.FindAsync(facts.ClientHello.PreSharedKey!.Identities[identity].Identity, site, CancellationToken.None);
        return Declines || session is null
            ? null
            : new LocalTls13KeyHolder(PreSharedTls13Agreement.ForSession(facts.Crypto, session, facts.ClientHello.PreSharedKey, identity), facts);
    });

    private sealed class Holder(KeptSessions custody, Func<TlsSite, ValueTask<Tls13KeyHolder?>> begin) : Tls13KeyHolder
    {
        private Tls13KeyHolder? _local;

        public Holder(KeptSessions custody, Func<TlsSite, Tls13KeyHolder> begin)
            : this(custody, site => ValueTask.FromResult<Tls13KeyHolder?>(begin(site)))
        {
        }

        public override async ValueTask<Tls13Answer?> AnswerAsync(Tls13Question question, CancellationToken cancellationToken)
        {
            custody.Offers.Add(question.Session);
            _local = await begin(null!);
            return _local is null ? null : await _local.AnswerAsync(question, cancellationToken);
        }

        public override ValueTask<bool> VerifyClientFinishedAsync(Transcript transcript, ReadOnlyMemory<byte> verifyData, CancellationToken cancellationToken) =>
            _local!.VerifyClientFinishedAsync(transcript, verifyData, cancellationToken);

        public override ValueTask<IReadOnlyList<Tls13Ticket>> MakeTicketsAsync(Transcript transcript, SessionOffer offer, SessionStore? store, CancellationToken cancellationToken)
        {
            Assert.Null(store);
            return _local!.MakeTicketsAsync(transcript, offer, custody._tickets, cancellationToken);
        }

        public override void Dispose() => _local?.Dispose();
    }
}
