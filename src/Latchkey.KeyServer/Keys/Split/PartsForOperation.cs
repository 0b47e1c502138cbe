using Latchkey.Client;
using Latchkey.KeyServer.Work;
using Latchkey.Splitting;
using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>Where the parts for one operation come from: the question itself brings those that its edge has (item 4E); other key servers are asked for what is missing then (operation 51).</summary>
internal sealed class PartsForOperation(KeyRequest request, IReadOnlyDictionary<string, KeyServerClient> keyServers)
{
    /// <summary>All that can be had, at most as many as are missing; the caller disposes them.</summary>
    /// <exception cref="PartRefusedException">Too few, or one is wrong; says what the edge is told.</exception>
    public GatheredParts Gather(SplitKey split)
    {
        var gathered = new GatheredParts();
        try
        {
            TakeFromQuestion(split, gathered);
            foreach (var name in request.Key.Source.PartsFrom)
            {
                if (gathered.Parts.Count < split.Missing)
                    TakeFrom(name, split, gathered);
            }
            if (gathered.Parts.Count < split.Missing)
                throw new PartRefusedException(KeylessError.PartsMissing, $"{split.Parts.Count} part(s) here and {gathered.Parts.Count} for the question of edge '{request.Connection.Edge.Name}' are too few (expected {split.Parts[0].Threshold})");
            return gathered;
        }
        catch
        {
            gathered.Dispose();
            throw;
        }
    }

    private void TakeFromQuestion(SplitKey split, GatheredParts gathered)
    {
        Take(request.Message.Items.Value(ItemTag.KeyPart), $"edge '{request.Connection.Edge.Name}'", split, gathered);
    }

    // The lane's thread has nothing else to do.
#pragma warning disable VSTHRD002
    private void TakeFrom(string name, SplitKey split, GatheredParts gathered)
    {
        if (!keyServers.TryGetValue(name, out var keyServer))
            return;
        try
        {
            using var parts = keyServer.ExecuteAsync(new PartsQuestion(KeyIdentity.Of(split.SubjectPublicKeyInfo)), mayFail: false, CancellationToken.None).AsTask().GetAwaiter().GetResult().Secret;
            if (parts is not null)
                Take(parts.Span, $"key server \"{name}\"", split, gathered);
        }
        catch (KeyHolderFailedException e)
        {
            throw new PartRefusedException(KeylessError.PartsMissing, $"key server \"{name}\" gave no part: {e.Message}");
        }
    }
#pragma warning restore VSTHRD002

    private static void Take(ReadOnlySpan<byte> parts, string sender, SplitKey split, GatheredParts gathered)
    {
        var fields = new FieldReader(parts);
        while (!fields.IsAtEnd && gathered.Parts.Count < split.Missing)
        {
            var part = KeyPart.TryDecode(fields.Vector16())
                ?? throw new PartRefusedException(KeylessError.PartWrong, $"{sender} sent a part that cannot be read");
            if (!part.IsWholeAccordingTo(split.Parts[0]))
            {
                using (part)
                    throw new PartRefusedException(KeylessError.PartWrong, $"{sender} sent {part}, and that is not the one that was made when the key was split");
            }
            gathered.Add(part, split);
        }
    }
}
