using Latchkey.Crypto;
using Latchkey.Splitting.Threshold;

namespace Latchkey.Client.Threshold;

/// <summary>The partial signatures of one content, as they come in. For one thread at a time.</summary>
internal sealed class SigningRound(ThresholdKey key, PublicKey verifier, SignatureScheme scheme, byte[] content)
{
    private readonly List<Entry> _entries = [];
    private readonly List<Entry> _culprits = [];

    /// <summary>Partial signatures that may be right.</summary>
    public int Count => _entries.Count;

    /// <summary>Enough of them that a signature should have come out.</summary>
    public bool IsFull => _entries.Count >= key.Threshold;

    /// <summary>False: that share's answer is here already, or there is no such share.</summary>
    public bool TryAdd(KeyServerClient holder, PartialSignature partial)
    {
        if (partial.Number < 1 || partial.Number > key.Count || _entries.Concat(_culprits).Any(entry => entry.Partial.Number == partial.Number))
            return false;
        _entries.Add(new Entry(holder, partial));
        return true;
    }

    /// <summary>
    /// A signature that verifies, made of some of what is here; the newest is among them, because without it there was none. null: not yet. Verifying it is the cheap part, so that
    /// proofs are looked at only where it fails.
    /// </summary>
    public byte[]? TryCombine()
    {
        foreach (var chosen in Choices())
        {
            if (Combine(chosen) is { } signature)
            {
                // Whoever was left out is to blame if it does not fit the others either, whatever its proof said.
                _culprits.AddRange(_entries.Except(chosen).Where(entry => Combine([.. chosen[1..], entry]) is null));
                return signature;
            }
        }
        return null;
    }

    private byte[]? Combine(List<Entry> chosen) =>
        ThresholdSignature.Combine(key, scheme, content, [.. chosen.Select(entry => entry.Partial)]) is { } signature && verifier.Verify(scheme, content, signature) ? signature : null;

    /// <summary>Takes out those whose proof is wrong.</summary>
    public IReadOnlyList<(KeyServerClient Holder, int Number)> RemoveUnproved()
    {
        var wrong = _entries.FindAll(entry => !ThresholdSignature.IsProved(key, scheme, content, entry.Partial));
        _entries.RemoveAll(wrong.Contains);
        _culprits.AddRange(wrong);
        return Describe(wrong);
    }

    /// <summary>Those that a signature which verifies has found out, and that have not been named before.</summary>
    public IReadOnlyList<(KeyServerClient Holder, int Number)> TakeCulprits() => Describe(_culprits.FindAll(_entries.Contains));

    private static List<(KeyServerClient Holder, int Number)> Describe(List<Entry> entries) => [.. entries.Select(entry => (entry.Holder, entry.Partial.Number))];

    private IEnumerable<List<Entry>> Choices()
    {
        if (!IsFull)
            yield break;
        for (var set = 0; set < 1 << (_entries.Count - 1); set++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)set) == key.Threshold - 1)
                yield return [.. _entries.Where((_, i) => i == _entries.Count - 1 || (set >> i & 1) == 1)];
        }
    }

    private sealed record Entry(KeyServerClient Holder, PartialSignature Partial);
}
