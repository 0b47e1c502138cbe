using Latchkey.KeyServer.Work;
using Latchkey.Splitting;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>Where the parts for one operation come from: the question itself brings those that its edge has (item 4E).</summary>
internal sealed class PartsForOperation(KeyRequest request)
{
    /// <summary>All that can be had, at most as many as are missing; the caller disposes them.</summary>
    /// <exception cref="PartRefusedException">Too few, or one is wrong; says what the edge is told.</exception>
    public GatheredParts Gather(SplitKey split)
    {
        var gathered = new GatheredParts();
        try
        {
            TakeFromQuestion(split, gathered);
            if (gathered.Parts.Count < split.Missing)
                throw new PartRefusedException(KeylessError.PartsMissing, $"{split.Parts.Count} part(s) here and {gathered.Parts.Count} with the question of edge '{request.Connection.Edge.Name}' are too few (expected {split.Parts[0].Threshold})");
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
        var fields = new FieldReader(request.Message.Items.Value(ItemTag.KeyPart));
        while (!fields.IsAtEnd && gathered.Parts.Count < split.Missing)
        {
            var part = KeyPart.TryDecode(fields.Vector16())
                ?? throw new PartRefusedException(KeylessError.PartWrong, $"edge '{request.Connection.Edge.Name}' sent a part that cannot be read");
            if (!part.IsWholeAccordingTo(split.Parts[0]))
            {
                using (part)
                    throw new PartRefusedException(KeylessError.PartWrong, $"edge '{request.Connection.Edge.Name}' sent {part}, and that is not the one that was made when the key was split");
            }
            gathered.Add(part, split);
        }
    }
}
