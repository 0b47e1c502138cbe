using Latchkey.KeyServer.Operations;
using Latchkey.KeyServer.Work;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Freshness;

/// <summary>Lets each question about a nonce or a sealed state through once (X4, attacks 1, 2, 15), after policy and before the key is used. Thread-safe.</summary>
internal sealed class FreshnessGate(FreshnessOptions options, TimeProvider time, KeyServerMetrics metrics, ILogger log)
{
    private readonly SeenQuestions _seen = new(options, time);
    private readonly SeenTranscripts _transcripts = new(options.Remembered);
    private readonly LogThrottle _refusals = new(time);

    /// <summary>Whether the request may be performed. Its nonce is used then, unless it is given back by <see cref="Withdraw"/>.</summary>
    public bool Admits(KeyRequest request, in AskedQuestion asked)
    {
        var items = request.Message.Items;
        var nonce = request.Operation.Nonce(items);
        if (nonce.IsEmpty || !_seen.IsOn)
            return true;
        var made = FreshServerRandom.TimeOf(nonce);
        var mark = SeenQuestions.MarkOf(items.Opcode, nonce);
        if (!Judge(made is null ? FreshnessVerdict.OutOfTime : _seen.Use(asked, mark, made.Value), asked, request.Operation.Name, made))
            return false;
        request.Mark = mark;
        return true;
    }

    /// <summary>Whether a sealed state may be gone on with.</summary>
    public bool AdmitsState(in AskedQuestion asked, Opcode operation, string name, ReadOnlySpan<byte> state, DateTimeOffset sealedAt) =>
        !_seen.IsOn || Judge(_seen.Use(asked, SeenQuestions.MarkOf(operation, state), sealedAt), asked, name, sealedAt);

    /// <summary>Whether the very same transcript has been signed before.</summary>
    public bool HasSigned(ReadOnlySpan<byte> transcriptHash) => _seen.IsOn && _transcripts.IsRepeated(SeenQuestions.MarkOf(Opcode.SignCertificateVerify, transcriptHash));

    /// <summary>The request had no answer that is worth anything: it may come again.</summary>
    public void Withdraw(KeyRequest request)
    {
        if (request.Mark is { } mark)
            _seen.Forget(mark);
    }

    private bool Judge(FreshnessVerdict verdict, in AskedQuestion asked, string operation, DateTimeOffset? made)
    {
        if (verdict == FreshnessVerdict.Fresh)
            return true;
        metrics.NotFresh(verdict);
        if (verdict == FreshnessVerdict.Repeated)
            return true;
        if (_refusals.Allows())
            log.NotFresh(asked.Edge, operation, verdict == FreshnessVerdict.Used ? "it was asked before" : $"it is {Off(made)} (a replay, or the machines' clocks differ)");
        return false;
    }

    private string Off(DateTimeOffset? made)
    {
        if (made is null)
            return "from no time that there is";
        var age = time.GetUtcNow() - made.Value;
        return age >= TimeSpan.Zero ? $"{age.TotalSeconds:0} s old" : $"{-age.TotalSeconds:0} s ahead";
    }
}
